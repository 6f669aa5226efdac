package app

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestTheBackoffDoublesUpToTenSecondsAndForgetsAfterALongLife(t *testing.T) {
	b := backoff{}
	var waits []int
	for range 9 {
		waits = append(waits, int(b.next(time.Millisecond).Milliseconds()))
	}
	if want := []int{100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000}; !reflect.DeepEqual(waits, want) {
		t.Errorf("got %v, want %v", waits, want)
	}
	if wait := b.next(10 * time.Second); wait != 100*time.Millisecond {
		t.Errorf("after a long life: %v", wait)
	}
}

func TestOnCrashNamesWhatItExpects(t *testing.T) {
	if policy, err := ParseOnCrash(""); policy != Hold || err != nil {
		t.Errorf("default: %v %v", policy, err)
	}
	_, err := ParseOnCrash("keep")
	if err == nil || !strings.Contains(err.Error(), `"keep"; expected hold, restart or exit`) {
		t.Errorf("got %v", err)
	}
}

func TestTheAppDoesNotSeeTheRestartersVariables(t *testing.T) {
	got := WithoutKdev([]string{"A=1", "KDEV_CONTAINER=web", "KDEV=2", "XKDEV_=3"})
	if want := []string{"A=1", "KDEV=2", "XKDEV_=3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
