// One node of HashiCorp's memberlist that logs what it believes, in the shape of Grepvine's log.
// Not built by the Makefile: see README.md beside it.
package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"
)

type events struct{}

func say(event string, node *memberlist.Node) {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	fmt.Printf("{\"time\":%q,\"event\":%q,\"member\":%q}\n", now, event, node.Name)
}

func (events) NotifyJoin(node *memberlist.Node)   { say("member-joined", node) }
func (events) NotifyLeave(node *memberlist.Node)  { say("member-died", node) }
func (events) NotifyUpdate(node *memberlist.Node) {}

// memberlist NAME HOST PORT SEEDS [KEY]: seeds are comma-separated, the key is hexadecimal.
func main() {
	config := memberlist.DefaultLANConfig()
	config.Name = os.Args[1]
	config.BindAddr, config.AdvertiseAddr = os.Args[2], os.Args[2]
	config.BindPort, _ = strconv.Atoi(os.Args[3])
	config.AdvertisePort = config.BindPort
	config.Events = events{}
	config.LogOutput = io.Discard
	if len(os.Args) > 5 {
		config.SecretKey, _ = hex.DecodeString(os.Args[5])
	}
	list, err := memberlist.Create(config)
	for err == nil && list.NumMembers() < 2 {
		list.Join(strings.Split(os.Args[4], ","))
		time.Sleep(200 * time.Millisecond)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	select {}
}
