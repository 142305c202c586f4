// Audits a whole log of ours with Go's own note and tlog packages, to have a time to compare with.
//
//	main LOG VERIFIER-KEY
//
// It opens the checkpoint, hashes every entry and every node above it, compares every full hash tile with its file,
// and the root with the checkpoint's. It prints "ok SIZE" or fails.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// path spells a C2SP tlog-tiles path; Go's own tile paths differ in their beginning.
func path(level string, index, size int64) string {
	name := fmt.Sprintf("%03d", index%1000)
	for rest := index / 1000; rest > 0; rest /= 1000 {
		name = fmt.Sprintf("x%03d/%s", rest%1000, name)
	}
	if index == size/width {
		name += fmt.Sprintf(".p/%d", size%width)
	}
	return filepath.Join("tile", level, name)
}

func open(folder, key string) tlog.Tree {
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(err)
	verifier, err := note.NewVerifier(key)
	must(err)
	n, err := note.Open(data, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], hash)
	return tree
}

// grow adds one hash to a level, and what becomes complete to the levels above; full tiles are compared.
func grow(folder string, levels [][]tlog.Hash, level int, hash tlog.Hash, counts []int64) {
	levels[level] = append(levels[level], hash)
	if len(levels[level]) < width {
		return
	}
	row := levels[level]
	compare(folder, level, counts[level], row, 1<<62)
	counts[level]++
	next := append([]tlog.Hash(nil), row...)
	for ; len(next) > 1; next = next[:len(next)/2] {
		for i := 0; i < len(next)/2; i++ {
			next[i] = tlog.NodeHash(next[2*i], next[2*i+1])
		}
	}
	levels[level] = row[:0]
	grow(folder, levels, level+1, next[0], counts)
}

func compare(folder string, level int, index int64, row []tlog.Hash, size int64) {
	var want bytes.Buffer
	for _, hash := range row {
		want.Write(hash[:])
	}
	name := path(strconv.Itoa(level), index, size)
	data, err := os.ReadFile(filepath.Join(folder, name))
	must(err)
	if !bytes.Equal(data, want.Bytes()) {
		log.Fatal(name, " differs")
	}
}

// root hashes the tiles that are not full: each level's row with what the levels below it leave over.
func root(levels [][]tlog.Hash) tlog.Hash {
	var below *tlog.Hash
	for _, row := range levels {
		for bit := len(row); bit > 0; bit &= bit - 1 {
			// The smallest complete subtree of the row is its last.
			subtree := append([]tlog.Hash(nil), row[bit&(bit-1):bit]...)
			for ; len(subtree) > 1; subtree = subtree[:len(subtree)/2] {
				for i := 0; i < len(subtree)/2; i++ {
					subtree[i] = tlog.NodeHash(subtree[2*i], subtree[2*i+1])
				}
			}
			hash := subtree[0]
			if below != nil {
				hash = tlog.NodeHash(hash, *below)
			}
			below = &hash
		}
	}
	return *below
}

func main() {
	folder := os.Args[1]
	tree := open(folder, os.Args[2])
	levels, counts := make([][]tlog.Hash, 9), make([]int64, 9)
	for index := int64(0); index*width < tree.N; index++ {
		data, err := os.ReadFile(filepath.Join(folder, path("entries", index, tree.N)))
		must(err)
		for len(data) > 0 {
			end := 2 + int(binary.BigEndian.Uint16(data))
			grow(folder, levels, 0, tlog.RecordHash(data[2:end]), counts)
			data = data[end:]
		}
	}
	for level, row := range levels {
		if len(row) > 0 {
			compare(folder, level, counts[level], row, tree.N>>(8*level))
		}
	}
	if root(levels) != tree.Hash {
		log.Fatal("the entries do not give the checkpoint's root")
	}
	fmt.Println("ok", tree.N)
}
