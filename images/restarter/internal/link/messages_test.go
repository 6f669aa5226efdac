package link

import (
	"encoding/json"
	"testing"
	"time"

	"kdev/restarter/internal/app"
)

func TestGraceIsFiveSecondsUnlessSaidAndNeverNegative(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`{}`:                5 * time.Second,
		`{"graceMs":0}`:     0,
		`{"graceMs":-1}`:    0,
		`{"graceMs":1.5}`:   1500 * time.Microsecond,
		`{"graceMs":1e300}`: time.Hour,
	} {
		var message incoming
		if err := json.Unmarshal([]byte(text), &message); err != nil || message.grace() != want {
			t.Errorf("%s: got %v %v", text, message.grace(), err)
		}
	}
}

func TestAnswersKeepTheIdAsItWasSent(t *testing.T) {
	for id, want := range map[string]string{
		`7`:   `{"type":"result","id":7,"ok":true,"pid":5}`,
		`"a"`: `{"type":"result","id":"a","ok":true,"pid":5}`,
	} {
		line, err := json.Marshal(answerTo(incoming{Type: "open", ID: json.RawMessage(id)}, app.Result{NewPid: 5}))
		if err != nil || string(line) != want {
			t.Errorf("got %s %v", line, err)
		}
	}
}

func TestAConnectionBeginsWithTheStateOfNowAndGetsNothingOfTheOneBefore(t *testing.T) {
	box := newOutbox(Facts{}, app.Report{Gate: "shut", App: app.Facts{State: app.Waiting}})
	first := box.begin()
	box.end()
	box.report(app.Report{Gate: "open", App: app.Facts{State: app.Running, Pid: 9}})
	second := box.begin()
	box.answer(first, opened{Type: "result"})
	lines, ok := box.take(second)
	var message struct{ Type, Gate string }
	if err := json.Unmarshal(lines, &message); err != nil || !ok || message.Type != "register" || message.Gate != "open" {
		t.Errorf("got %s %v %v", lines, ok, err)
	}
	if _, ok := box.take(first); ok {
		t.Error("the first connection still hands out lines")
	}
}
