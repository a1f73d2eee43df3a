// Stands in for the monitor of Cilium's agent, protocol 1.2: to each client that connects to a UNIX socket it sends a gob
// stream of payloads, by the real encoder. The structs are those whose fields the stream names (cilium/cilium,
// pkg/monitor/payload and pkg/proxy/accesslog), declared anew.
//
//	ciliummonitor SOCKET    serves; reads commands from standard input, one a line, and answers each with a line:
//	  sample HEX            a message of the datapath
//	  lost N                N events are lost
//	  http VERDICT          an access log record of an HTTP request at ingress
//	  answer CODE           one of the answer to it, 37 ms later
//	  dns                   one of a DNS answer at egress
//	  agent                 what the agent tells of itself
//	  raw HEX               bytes as they are
//	  hang-up               closes the connections
//	ciliummonitor --hex     prints golden gobs, a name and hex a line
package main

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
)

type Payload struct {
	Data []byte
	CPU  int
	Lost uint64
	Type int
}

type Label struct {
	Key    string
	Value  string
	Source string
}

type EndpointInfo struct {
	ID       uint64
	IPv4     string
	IPv6     string
	Port     uint16
	Identity uint64
	Labels   []Label
}

type IPPort struct {
	IP   string
	Port uint16
}

type ServiceInfo struct {
	Name   string
	IPPort IPPort
}

type NodeAddressInfo struct {
	IPv4 string
	IPv6 string
}

type Header map[string][]string

type LogRecordHTTP struct {
	Code            int
	Method          string
	URL             *url.URL
	Protocol        string
	Headers         Header
	MissingHeaders  Header
	RejectedHeaders Header
}

type LogRecordDNS struct {
	Query             string
	IPs               []net.IP
	TTL               uint32
	CNAMEs            []string
	ObservationSource string
	RCode             int
	QTypes            []uint16
	AnswerTypes       []uint16
}

type LogRecord struct {
	Type                string
	Timestamp           string
	NodeAddressInfo     NodeAddressInfo
	ObservationPoint    string
	SourceEndpoint      EndpointInfo
	DestinationEndpoint EndpointInfo
	IPVersion           uint8
	Verdict             string
	Info                string
	Metadata            []string
	TransportProtocol   uint16
	FlowEvent           string
	ServiceInfo         *ServiceInfo
	DropReason          *uint16
	HTTP                *LogRecordHTTP
	DNS                 *LogRecordDNS
}

// AgentNotify is what the agent tells of itself: no flow.
type AgentNotify struct {
	Type uint32
	Text string
}

// Odds has what Cilium's messages do not, but gob does.
type Odds struct {
	Yes     bool
	Minus   int64
	Big     uint64
	Half    float64
	Turn    complex128
	Three   [3]int32
	Nested  [][]string
	ByName  map[string]int
	Any     any
	Nothing *int
	Last    string
}

const (
	sample = 9
	lost   = 2
)

func httpRecord(verdict string) LogRecord {
	record := LogRecord{
		Type: "Request", Timestamp: "2026-01-02T03:04:05Z", NodeAddressInfo: NodeAddressInfo{IPv4: "198.18.80.1"},
		ObservationPoint:    "Ingress",
		SourceEndpoint:      EndpointInfo{ID: 11, IPv4: "198.18.80.10", Port: 40000, Identity: 1001, Labels: []Label{{"app", "client", "k8s"}}},
		DestinationEndpoint: EndpointInfo{ID: 12, IPv4: "198.18.80.11", Port: 8080, Identity: 1002},
		Verdict:             verdict, TransportProtocol: 6,
		ServiceInfo: &ServiceInfo{Name: "web", IPPort: IPPort{IP: "10.96.0.1", Port: 80}},
		HTTP: &LogRecordHTTP{
			Method: "GET", Protocol: "HTTP/1.1",
			URL: &url.URL{Scheme: "http", User: url.UserPassword("joe", "secret"), Host: "web", Path: "/a b", RawQuery: "q=1"},
			Headers: Header{
				"X-Request-Id": {"b1d0"}, "Accept": {"text/html", "*/*"}, "Authorization": {"Bearer secret"},
				"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
			},
		},
	}
	if verdict == "Denied" {
		reason := uint16(181)
		record.DropReason = &reason
	}
	return record
}

func answerRecord(code uint64) LogRecord {
	record := httpRecord("Forwarded")
	record.Type = "Response"
	record.Timestamp = "2026-01-02T03:04:05.037Z"
	record.SourceEndpoint, record.DestinationEndpoint = record.DestinationEndpoint, record.SourceEndpoint
	record.HTTP.Code = int(code)
	record.HTTP.Headers = Header{"X-Request-Id": {"b1d0"}, "Set-Cookie": {"session=secret"}}
	return record
}

func dnsRecord() LogRecord {
	return LogRecord{
		Type: "Response", ObservationPoint: "Egress", IPVersion: 1, Verdict: "Forwarded", TransportProtocol: 17,
		SourceEndpoint:      EndpointInfo{IPv6: "fd00:80::53", Port: 53},
		DestinationEndpoint: EndpointInfo{IPv6: "fd00:80::10", Port: 50000},
		DNS: &LogRecordDNS{
			Query: "example.org.", IPs: []net.IP{net.ParseIP("192.0.2.1"), net.ParseIP("2001:db8::1")}, TTL: 60,
			CNAMEs: []string{"www.example.org."}, ObservationSource: "proxy", QTypes: []uint16{1}, AnswerTypes: []uint16{5, 1},
		},
	}
}

// What the agent sends begins with its type, before a gob stream of its own.
func message(kind byte, value any) Payload {
	var buffer bytes.Buffer
	buffer.WriteByte(kind)
	check(gob.NewEncoder(&buffer).Encode(value))
	return Payload{Data: buffer.Bytes(), Type: sample}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "ciliummonitor:", err)
		os.Exit(1)
	}
}

func number(text string) uint64 {
	value, err := strconv.ParseUint(text, 10, 64)
	check(err)
	return value
}

func unhex(text string) []byte {
	value, err := hex.DecodeString(text)
	check(err)
	return value
}

type client struct {
	net.Conn
	encoder *gob.Encoder
}

func send(clients []client, command, argument string) {
	payload := Payload{CPU: 1, Type: sample}
	switch command {
	case "sample":
		payload.Data = unhex(argument)
	case "lost":
		payload.Type = lost
		payload.Lost = number(argument)
	case "http":
		payload = message(129, httpRecord(argument))
	case "answer":
		payload = message(129, answerRecord(number(argument)))
	case "dns":
		payload = message(129, dnsRecord())
	case "agent":
		payload = message(130, AgentNotify{Type: 2, Text: `{"time":"now"}`})
	}
	for _, to := range clients {
		switch command {
		case "raw":
			to.Write(unhex(argument))
		case "hang-up":
			to.Close()
		default:
			to.encoder.Encode(payload) // a client that went away is no fault
		}
	}
}

func serve(socket string) {
	listener, err := net.Listen("unix", socket)
	check(err)
	defer listener.Close()
	accepted := make(chan net.Conn)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			accepted <- connection
		}
	}()
	lines := make(chan string)
	go func() {
		input := bufio.NewReader(os.Stdin)
		for {
			line, err := input.ReadString('\n')
			if err == io.EOF {
				close(lines)
				return
			}
			check(err)
			lines <- strings.TrimSpace(line)
		}
	}()
	fmt.Println("listening")
	var clients []client
	for {
		select {
		case connection := <-accepted:
			clients = append(clients, client{connection, gob.NewEncoder(connection)})
			fmt.Println("connected")
		case line, more := <-lines:
			if !more {
				return
			}
			command, argument, _ := strings.Cut(line, " ")
			send(clients, command, argument)
			if command == "hang-up" {
				clients = nil
			}
			fmt.Println("sent")
		}
	}
}

func print(name string, values ...any) {
	var buffer bytes.Buffer
	encoder := gob.NewEncoder(&buffer)
	for _, value := range values {
		check(encoder.Encode(value))
	}
	fmt.Println(name, hex.EncodeToString(buffer.Bytes()))
}

func main() {
	if len(os.Args) == 2 && os.Args[1] != "--hex" {
		serve(os.Args[1])
		return
	}
	print("payloads", Payload{Data: []byte{1, 2, 3}, CPU: 3, Type: sample}, Payload{Lost: 1 << 40, Type: lost})
	print("http", httpRecord("Denied"))
	print("answer", answerRecord(503))
	print("dns", dnsRecord())
	print("odds", Odds{
		Yes: true, Minus: -129, Big: 1<<64 - 1, Half: 0.5, Turn: complex(1, -2), Three: [3]int32{1, -1, 300},
		Nested: [][]string{{"a"}, {}, {"b", "c"}}, ByName: map[string]int{"x": -7}, Any: 7, Last: "end",
	})
	print("string", "hello")
	print("numbers", []int{0, 127, 128, -128, -129})
}
