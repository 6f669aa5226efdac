package main

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// uploads counts the requests that write, and can hold new ones off for a while.
type uploads struct {
	mu         sync.Mutex
	running    int
	idle       chan struct{} // closed whenever none runs
	until      time.Time
	collecting bool
}

func newUploads() *uploads {
	idle := make(chan struct{})
	close(idle)
	return &uploads{idle: idle}
}

// guard refuses what writes while uploads are held. Deleting stays possible: that is what they are held for.
func (u *uploads) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPost, http.MethodPut, http.MethodPatch:
		default:
			next.ServeHTTP(w, r)
			return
		}
		if !u.begin() {
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, "UNAVAILABLE", "the registry is being cleaned up and takes no images")
			return
		}
		defer u.end()
		next.ServeHTTP(w, r)
	})
}

func (u *uploads) begin() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.collecting || time.Now().Before(u.until) {
		return false
	}
	if u.running == 0 {
		u.idle = make(chan struct{})
	}
	u.running++
	return true
}

func (u *uploads) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.running--
	if u.running == 0 {
		close(u.idle)
	}
}

// hold refuses uploads for so long, and returns when those on their way have ended.
func (u *uploads) hold(ctx context.Context, duration time.Duration) error {
	u.mu.Lock()
	u.until = time.Now().Add(duration)
	idle := u.idle
	u.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (u *uploads) release() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.until = time.Time{}
}

// whileHeld runs work, during which the hold does not end, whoever says so; false where uploads are not held.
func (u *uploads) whileHeld(work func()) bool {
	u.mu.Lock()
	if u.collecting || u.running > 0 || !time.Now().Before(u.until) {
		u.mu.Unlock()
		return false
	}
	u.collecting = true
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		u.collecting = false
		u.mu.Unlock()
	}()
	work()
	return true
}
