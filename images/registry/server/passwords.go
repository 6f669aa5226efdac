package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// passwords are two: who has that of "push" may do everything, who has that of "pull" may read images. They are long
// and random, so that one cheap hash is as good as a slow one.
type passwords struct {
	push, pull [sha256.Size]byte
}

func newPasswords(push, pull string) *passwords {
	return &passwords{push: sha256.Sum256([]byte(push)), pull: sha256.Sum256([]byte(pull))}
}

// guard lets through who may make the request.
func (p *passwords) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		given := sha256.Sum256([]byte(password))
		mayPush := user == "push" && subtle.ConstantTimeCompare(given[:], p.push[:]) == 1
		mayPull := user == "pull" && subtle.ConstantTimeCompare(given[:], p.pull[:]) == 1
		reads := (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.HasPrefix(r.URL.Path, "/v2/")
		switch {
		case mayPush || mayPull && reads:
			next.ServeHTTP(w, r)
		case mayPull:
			refuse(w, http.StatusForbidden, "DENIED", "this password is for pulling only")
		default:
			w.Header().Set("WWW-Authenticate", `Basic realm="kdev's registry"`)
			refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "the password is missing or wrong")
		}
	})
}
