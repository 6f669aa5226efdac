package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// identity is a key with the certificate that says whose it is, both as PEM.
type identity struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// A box is thrown away long before.
const validity = 10 * 365 * 24 * time.Hour

// writePki makes the authorities, certificates and kubeconfigs of a box. The
// names are those Kubernetes gives meaning to in its default RBAC rules.
func writePki(config *Config) error {
	if err := os.MkdirAll(config.PkiDir, 0o700); err != nil {
		return err
	}
	pki := &pki{config: config}
	ca := pki.authority("ca", "kdev-box-"+config.Name)
	frontProxy := pki.authority("front-proxy-ca", "front-proxy")
	pki.server(ca, "apiserver", "kube-apiserver", []string{
		"localhost", config.Name, "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
	}, []string{"127.0.0.1", config.Address, config.ServiceAddress})
	pki.server(ca, "kubelet-server", "system:node:"+config.Name, []string{config.Name}, []string{"127.0.0.1", config.Address})
	pki.client(ca, "apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters")
	pki.client(frontProxy, "front-proxy-client", "front-proxy-client", "")
	pki.key("service-accounts")
	local := "https://127.0.0.1:6443"
	for name, subject := range map[string][2]string{
		// One strong identity instead of a service account per controller:
		// making those 40 accounts one after the other takes 5 s.
		"controller-manager": {"system:kube-controller-manager", "system:masters"},
		"scheduler":          {"system:kube-scheduler", ""},
		"kube-proxy":         {"system:kube-proxy", ""},
		"coredns":            {"system:coredns", ""},
		"kubelet":            {"system:node:" + config.Name, "system:nodes"},
		"admin":              {"kdev-admin", "system:masters"},
	} {
		who := pki.client(ca, name, subject[0], subject[1])
		pki.kubeconfig(filepath.Join(config.PkiDir, name+".kubeconfig"), local, name, ca, who)
		if name == "admin" {
			pki.kubeconfig(config.Kubeconfig, "https://"+net.JoinHostPort(config.Address, "6443"), config.ContextName, ca, who)
		}
	}
	return pki.err
}

// pki remembers the first error, so that the list above reads as a list.
type pki struct {
	config *Config
	serial int64
	err    error
}

func (pki *pki) authority(file, name string) identity {
	return pki.issue(file, identity{}, &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	})
}

func (pki *pki) server(by identity, file, name string, hosts, addresses []string) identity {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: name, Organization: []string{"system:nodes"}},
		DNSNames:    hosts,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, address := range addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	return pki.issue(file, by, template)
}

func (pki *pki) client(by identity, file, name, group string) identity {
	subject := pkix.Name{CommonName: name}
	if group != "" {
		subject.Organization = []string{group}
	}
	return pki.issue(file, by, &x509.Certificate{
		Subject:     subject,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// issue writes FILE.crt and FILE.key; the zero signer means self-signed.
func (pki *pki) issue(file string, by identity, template *x509.Certificate) identity {
	key := pki.key(file)
	if pki.err != nil {
		return identity{}
	}
	pki.serial++
	template.SerialNumber = big.NewInt(pki.serial)
	// An hour back, for the sake of clients whose clock is a little behind.
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(validity)
	signer, signerKey := by.cert, by.key
	if signer == nil {
		signer, signerKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer, &key.PublicKey, signerKey)
	if err != nil {
		pki.err = err
		return identity{}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		pki.err = err
		return identity{}
	}
	pki.write(file+".crt", certPem(cert))
	return identity{cert: cert, key: key}
}

func (pki *pki) key(file string) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		pki.err = err
		return nil
	}
	pki.write(file+".key", keyPem(key))
	return key
}

func (pki *pki) write(file string, text []byte) {
	if pki.err == nil {
		pki.err = os.WriteFile(filepath.Join(pki.config.PkiDir, file), text, 0o600)
	}
}

func certPem(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}

func keyPem(key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		panic(err) // P-256 keys always marshal
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}
