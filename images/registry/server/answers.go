package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// refuse answers as the OCI distribution specification has it.
func refuse(w http.ResponseWriter, status int, code, message string) {
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	answer(w, status, map[string][]problem{"errors": {{code, message}}})
}

func answer(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Del("Content-Length")
	w.WriteHeader(status)
	// Who is gone does not read it.
	_ = json.NewEncoder(w).Encode(document)
}

// tellFull makes "500 Internal Server Error" a "507 Insufficient Storage" where that is the reason: the clients that
// push print the status and nothing else.
func tellFull(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		watched := &failure{ResponseWriter: w}
		next.ServeHTTP(watched, r)
		if watched.status == 0 {
			return
		}
		if isFull(watched.body.String()) {
			refuse(w, http.StatusInsufficientStorage, "FULL", "no space left on the registry's volume")
			return
		}
		w.WriteHeader(watched.status)
		_, _ = w.Write(watched.body.Bytes())
	})
}

// isFull finds ENOSPC (28) and EDQUOT (122) in what the storage says, which prints them by name or by number.
func isFull(words string) bool {
	for _, sign := range []string{"no space left on device", "disk quota exceeded", `"Err":28`, `"Err":122`} {
		if strings.Contains(words, sign) {
			return true
		}
	}
	return false
}

// failure keeps an answer of 500 and above to itself; any other goes through.
type failure struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (f *failure) WriteHeader(status int) {
	if status >= http.StatusInternalServerError {
		f.status = status
		return
	}
	f.ResponseWriter.WriteHeader(status)
}

func (f *failure) Write(part []byte) (int, error) {
	if f.status != 0 {
		return f.body.Write(part)
	}
	return f.ResponseWriter.Write(part)
}

// Unwrap lets http.ResponseController find the real one.
func (f *failure) Unwrap() http.ResponseWriter { return f.ResponseWriter }
