// A TLS client like the API server. It reads what to do from standard input, as JSON, posts a body over and over for
// that long, and prints the number of answers and of resumed sessions, and its CPU time.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type task struct {
	Address      string `json:"address"`
	CA           string `json:"ca"`
	Body         string `json:"body"`
	Workers      int    `json:"workers"`
	Milliseconds int    `json:"milliseconds"`
	// Whether each worker keeps its connection. Otherwise, it opens one for each body.
	KeepsConnections bool `json:"keepsConnections"`
	// Whether sessions are resumed. The API server does not: client-go sets no ClientSessionCache.
	ResumesSessions bool `json:"resumesSessions"`
}

type result struct {
	Answers int64 `json:"answers"`
	Resumed int64 `json:"resumed"`
	// CPU time of this process in microseconds, user and system.
	CPU int64 `json:"cpu"`
}

func main() {
	var todo task
	check(json.NewDecoder(os.Stdin).Decode(&todo))
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM([]byte(todo.CA))
	config := &tls.Config{RootCAs: authorities, ServerName: "localhost", NextProtos: []string{"http/1.1"}}
	if todo.ResumesSessions {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	var done result
	var workers sync.WaitGroup
	end := time.Now().Add(time.Duration(todo.Milliseconds) * time.Millisecond)
	for range todo.Workers {
		workers.Go(func() { todo.work(config, end, &done) })
	}
	workers.Wait()
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	done.CPU = (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
	check(json.NewEncoder(os.Stdout).Encode(done))
}

func (todo task) work(config *tls.Config, end time.Time, done *result) {
	request := fmt.Sprintf("POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		len(todo.Body), todo.Body)
	var connection *tls.Conn
	var reader *bufio.Reader
	for time.Now().Before(end) {
		if connection == nil {
			opened, err := tls.Dial("tcp", todo.Address, config)
			check(err)
			connection, reader = opened, bufio.NewReader(opened)
			if connection.ConnectionState().DidResume {
				atomic.AddInt64(&done.Resumed, 1)
			}
		}
		_, err := io.WriteString(connection, request)
		check(err)
		response, err := http.ReadResponse(reader, nil)
		check(err)
		_, err = io.Copy(io.Discard, response.Body)
		check(err)
		if response.StatusCode != http.StatusOK {
			check(fmt.Errorf("status %d", response.StatusCode))
		}
		atomic.AddInt64(&done.Answers, 1)
		if !todo.KeepsConnections {
			check(connection.Close())
			connection = nil
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
