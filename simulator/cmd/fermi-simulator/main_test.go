//go:build unix

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary also serves as the command itself, and as the commands that exec runs.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"fermi-simulator": main,
		"client":          client,
		"signals":         signals,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}

// client makes a request to the server that the environment names: client METHOD PATH [BODY]. It prints the status and
// the response.
func client() {
	method, path := os.Args[1], os.Args[2]
	r, err := http.NewRequest(method, os.Getenv("FERMI_ENDPOINT")+path, strings.NewReader(strings.Join(os.Args[3:], " ")))
	if err == nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+os.Getenv("FERMI_TOKEN"))
		var answer *http.Response
		if answer, err = http.DefaultClient.Do(r); err == nil {
			body, _ := io.ReadAll(answer.Body)
			fmt.Println(answer.StatusCode, strings.TrimSpace(string(body)))
			return
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// signals prints each signal that it receives. At SIGTERM it exits with status 7.
func signals() {
	got := make(chan os.Signal, 8)
	signal.Notify(got)
	fmt.Println("ready")
	for s := range got {
		switch s {
		case syscall.SIGURG: // sent by the Go runtime
		case syscall.SIGTERM:
			fmt.Println(s)
			os.Exit(7)
		default:
			fmt.Println(s)
		}
	}
}
