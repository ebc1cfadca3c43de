// A TLS client like the API server: it reads what to call from standard input, as JSON, and prints for each
// why it refuses the server, or nothing.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"os"
	"time"
)

type target struct {
	Address    string `json:"address"`
	CaBundle   string `json:"caBundle"`
	ServerName string `json:"serverName"`
}

func main() {
	var targets []target
	if err := json.NewDecoder(os.Stdin).Decode(&targets); err != nil {
		panic(err)
	}
	refusals := make([]string, len(targets))
	for index, target := range targets {
		if err := call(target); err != nil {
			refusals[index] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(refusals); err != nil {
		panic(err)
	}
}

func call(target target) error {
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM([]byte(target.CaBundle))
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	connection, err := tls.DialWithDialer(dialer, "tcp", target.Address, &tls.Config{RootCAs: authorities, ServerName: target.ServerName})
	if err != nil {
		return err
	}
	return connection.Close()
}
