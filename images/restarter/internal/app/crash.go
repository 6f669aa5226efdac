package app

import (
	"fmt"
	"time"
)

// OnCrash says what becomes of the container when the app ends by itself, whatever its exit code.
type OnCrash string

const (
	// Hold keeps the container, so that the next save can heal the app.
	Hold OnCrash = "hold"
	// Restart starts the app again, each time after a longer wait.
	Restart OnCrash = "restart"
	// Leave ends the container with the app's exit code.
	Leave OnCrash = "exit"
)

// ParseOnCrash reads KDEV_ON_CRASH; an empty value means Hold.
func ParseOnCrash(value string) (OnCrash, error) {
	switch policy := OnCrash(value); policy {
	case "":
		return Hold, nil
	case Hold, Restart, Leave:
		return policy, nil
	default:
		return "", fmt.Errorf("KDEV_ON_CRASH is %q; expected hold, restart or exit", value)
	}
}

// backoff is the wait before the app is started again: doubled after each short life, forgotten after a long one.
type backoff struct{ wait time.Duration }

const (
	firstWait   = 100 * time.Millisecond
	longestWait = 10 * time.Second
	longLife    = 10 * time.Second
)

// next is the wait after a life of the given length.
func (b *backoff) next(life time.Duration) time.Duration {
	if life >= longLife || b.wait == 0 {
		b.wait = firstWait
	} else {
		b.wait = min(2*b.wait, longestWait)
	}
	return b.wait
}
