package main

import (
	"encoding/base64"
	"fmt"
)

// A kubeconfig with everything in it, so that the file works wherever it is
// copied to.
const kubeconfigText = `apiVersion: v1
kind: Config
current-context: %[1]s
clusters:
- name: %[1]s
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
contexts:
- name: %[1]s
  context:
    cluster: %[1]s
    user: %[1]s
users:
- name: %[1]s
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
`

func (pki *pki) kubeconfig(file, server, name string, ca, who identity) {
	if pki.err != nil {
		return
	}
	encode := base64.StdEncoding.EncodeToString
	text := fmt.Sprintf(kubeconfigText, name, server, encode(certPem(ca.cert)), encode(certPem(who.cert)), encode(keyPem(who.key)))
	pki.err = writeWhole(file, text, 0o600)
}
