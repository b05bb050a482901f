// Checks what Entente publishes with code that nobody of that project wrote: sumdb/note and sumdb/tlog of
// golang.org/x/mod, and crypto/ed25519 and crypto/mldsa of Go itself. What stands here follows spec/ and the C2SP
// documents, and shares nothing with the Python.
//
//	strangers feed DIR -vkeys FILE -root FINGERPRINT [-heads DIR] [-proofs FILE]   a feed with its acts
//	strangers disclosure FILE -agreement HASH                                   a disclosure, by spec/disclosure.md
//	strangers proof FILE -vkeys FILE -leaf FILE                                 one entry's c2sp.org/tlog-proof
//	strangers head FILE -vkeys FILE                                             a head that every one of the keys signed
//	strangers vectors DIR                                                       negative vectors: a verdict each
//
// It prints one JSON object. What does not verify ends it with status 1 and one line.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: strangers feed|head|vectors|disclosure|proof PATH"))
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	vkeys := flags.String("vkeys", "", "file of the log's keys, trusted")
	root := flags.String("root", "", "fingerprint of the party's root key, trusted")
	heads := flags.String("heads", "", "folder of the log's earlier heads")
	proofs := flags.String("proofs", "", "file of proofs that Entente made")
	agreement := flags.String("agreement", "", "hash of the agreement, trusted")
	leaf := flags.String("leaf", "", "the entry")
	flags.Parse(os.Args[3:])
	var found any
	var err error
	switch os.Args[1] {
	case "feed":
		found, err = checkFeed(os.Args[2], *vkeys, *root, *heads, *proofs)
	case "head":
		found, err = checkHead(os.Args[2], *vkeys)
	case "vectors":
		found, err = judgeAll(os.Args[2])
	case "disclosure":
		found, err = checkDisclosure(os.Args[2], *agreement)
	case "proof":
		found, err = checkTlogProof(os.Args[2], *vkeys, *leaf)
	default:
		err = fmt.Errorf("no command %q", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
	json.NewEncoder(os.Stdout).Encode(found)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
