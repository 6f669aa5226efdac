package main

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

const longestHold = 10 * time.Minute

// upkeep is what clean-up asks for, beside the registry's own protocol:
//
//	GET    /kdev/usage          how full it is
//	GET    /kdev/pushed         when each manifest was pushed
//	PUT    /kdev/hold?ms=60000  no uploads for that long; answered when those on their way have ended
//	DELETE /kdev/hold           uploads again
//	POST   /kdev/collect        garbage collection, only while uploads are held
func upkeep(store *store, uploads *uploads) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /kdev/usage", func(w http.ResponseWriter, r *http.Request) {
		found, err := store.usage(r.Context())
		report(w, found, err)
	})
	mux.HandleFunc("GET /kdev/pushed", func(w http.ResponseWriter, _ *http.Request) {
		times, err := store.pushed()
		report(w, times, err)
	})
	mux.HandleFunc("PUT /kdev/hold", func(w http.ResponseWriter, r *http.Request) {
		ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
		if err != nil || ms < 1 || time.Duration(ms)*time.Millisecond > longestHold {
			refuse(w, http.StatusBadRequest, "UNSUPPORTED", "ms must be a number from 1 to 600000")
			return
		}
		// Who waits no longer wants no hold either; a hold of somebody else ends too, and they ask again.
		if err := uploads.hold(r.Context(), time.Duration(ms)*time.Millisecond); err != nil {
			uploads.release()
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /kdev/hold", func(w http.ResponseWriter, _ *http.Request) {
		uploads.release()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /kdev/collect", func(w http.ResponseWriter, r *http.Request) {
		held := uploads.whileHeld(func() {
			// What has begun is ended, whether or not somebody still waits for it.
			gone, err := store.collect(context.WithoutCancel(r.Context()))
			report(w, gone, err)
		})
		if !held {
			refuse(w, http.StatusConflict, "DENIED", "uploads are not held")
		}
	})
	return mux
}

func report(w http.ResponseWriter, document any, err error) {
	if err != nil {
		refuse(w, http.StatusInternalServerError, "UNKNOWN", err.Error())
		return
	}
	answer(w, http.StatusOK, document)
}
