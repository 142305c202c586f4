// Reads and makes Ed25519 cosignatures (C2SP tlog-cosignature) with Go's own note package, which knows nothing of us.
//
//	cosigned LOG-KEY WITNESS-KEY [SEED TIME] < NOTE
//
// It opens the note under both verifier keys and prints its text. With a SEED (base64) it first adds the
// witness's signature of that TIME, and prints the whole note.
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	seed ed25519.PrivateKey
	time uint64
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }

func message(time uint64, text []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
}

func (w witness) Verify(text, signature []byte) bool {
	return len(signature) == 8+ed25519.SignatureSize &&
		ed25519.Verify(w.key, message(binary.BigEndian.Uint64(signature), text), signature[8:])
}

func (w witness) Sign(text []byte) ([]byte, error) {
	time := make([]byte, 8)
	binary.BigEndian.PutUint64(time, w.time)
	return append(time, ed25519.Sign(w.seed, message(w.time, text))...), nil
}

func parse(vkey string) witness {
	parts := strings.SplitN(vkey, "+", 3)
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	must(err)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err)
	if key[0] != 4 || len(key) != 1+ed25519.PublicKeySize {
		log.Fatal("not a witness's Ed25519 key")
	}
	return witness{name: parts[0], hash: uint32(hash), key: key[1:]}
}

func main() {
	logKey, err := note.NewVerifier(os.Args[1])
	must(err)
	w := parse(os.Args[2])
	data, err := io.ReadAll(os.Stdin)
	must(err)
	if len(os.Args) == 5 {
		seed, err := base64.StdEncoding.DecodeString(os.Args[3])
		must(err)
		w.seed = ed25519.NewKeyFromSeed(seed)
		w.time, err = strconv.ParseUint(os.Args[4], 10, 64)
		must(err)
		n, err := note.Open(data, note.VerifierList(logKey))
		must(err)
		data, err = note.Sign(n, w)
		must(err)
	}
	n, err := note.Open(data, note.VerifierList(logKey, w))
	must(err)
	if len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 0 {
		log.Fatal("not signed by both")
	}
	if len(os.Args) == 5 {
		_, err = io.Copy(os.Stdout, bytes.NewReader(data))
		must(err)
		return
	}
	fmt.Print(n.Text)
}
