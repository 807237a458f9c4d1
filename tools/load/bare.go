package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

// startBare starts this program as a server that gives the same response to every request.
func startBare(ctx context.Context, answer []byte) (*process, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.Setenv("FERMI_LOAD_ANSWER", base64.StdEncoding.EncodeToString(answer)); err != nil {
		return nil, err
	}
	return start(ctx, own)
}

// serveBare is that server.
func serveBare() error {
	answer, err := base64.StdEncoding.DecodeString(os.Getenv("FERMI_LOAD_ANSWER"))
	if err != nil {
		return err
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})}
	go func() { <-stop.Done(); _ = server.Close() }()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
