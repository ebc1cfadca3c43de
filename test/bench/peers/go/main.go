// Command peers serves a webhook that is made with a Go library. It injects into the pods of the benchmark what Downlink injects.
//
// Usage: peers LIBRARY CERTIFICATE KEY AMBASSADOR
//
// LIBRARY is controller-runtime or kubewebhook. The others are files: the certificate and key of the server in PEM, and the
// ambassador in JSON.
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

var libraries = map[string]func(injector) (http.Handler, error){
	"controller-runtime": controllerRuntime,
	"kubewebhook":        kubewebhook,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: peers LIBRARY CERTIFICATE KEY AMBASSADOR")
	}
	newHandler, known := libraries[args[0]]
	if !known {
		return fmt.Errorf("no such library: %s", args[0])
	}
	certificate, err := tls.LoadX509KeyPair(args[1], args[2])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(args[3])
	if err != nil {
		return err
	}
	var inject injector
	if err := json.Unmarshal(text, &inject); err != nil {
		return err
	}
	handler, err := newHandler(inject)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/mutate", handler)
	server := &http.Server{Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
	fmt.Printf("{\"port\":%d,\"msg\":\"serving\"}\n", listener.Addr().(*net.TCPAddr).Port)
	return server.ServeTLS(listener, "", "")
}
