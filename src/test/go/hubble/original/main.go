// The original Hubble server and its metrics over flows of ours: what it answers to a request is what ours has to answer.
//
// Usage: original -flows FILE [-metrics 'flow dns:query']
// FILE has a line of JSON for each flow, {"flow": {…}}, as `hubble observe -o jsonpb` prints them, oldest first. When all are in the
// ring it prints a line "observer ADDRESS" and a line "metrics ADDRESS" and serves until its standard input ends.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	_ "google.golang.org/protobuf/types/known/structpb" // what the extensions of our flows are

	flowpb "github.com/cilium/cilium/api/v1/flow"
	observerpb "github.com/cilium/cilium/api/v1/observer"
	v1 "github.com/cilium/cilium/pkg/hubble/api/v1"
	"github.com/cilium/cilium/pkg/hubble/container"
	"github.com/cilium/cilium/pkg/hubble/metrics"
	"github.com/cilium/cilium/pkg/hubble/metrics/api"
	"github.com/cilium/cilium/pkg/hubble/observer"
	"github.com/cilium/cilium/pkg/hubble/observer/namespace"
	"github.com/cilium/cilium/pkg/hubble/observer/observeroption"
	observerTypes "github.com/cilium/cilium/pkg/hubble/observer/types"
)

const longestLine = 1 << 20

// decoder stands where Cilium's own makes flows of what its datapath reports: ours are made already.
type decoder struct{}

func (decoder) Decode(event *observerTypes.MonitorEvent) (*v1.Event, error) {
	if flow, ok := event.Payload.(*flowpb.Flow); ok {
		return &v1.Event{Timestamp: flow.GetTime(), Event: flow}, nil
	}
	return &v1.Event{Timestamp: event.Payload.(*flowpb.LostEvent).GetLast(), Event: event.Payload}, nil
}

func main() {
	file := flag.String("flows", "", "file with flows")
	names := flag.String("metrics", "", "metrics, as Hubble's configuration has them")
	flag.Parse()
	flows, err := read(*file)
	if err != nil {
		log.Fatalf("%s: %v", *file, err)
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

	registry := prometheus.NewPedanticRegistry()
	handlers, err := metrics.InitMetricHandlers(logger, registry, api.ParseStaticMetricsConfig(strings.Fields(*names)))
	if err != nil {
		log.Fatal(err)
	}
	processor := metrics.NewStaticFlowProcessor(logger, *handlers)
	server, err := observer.NewLocalServer(decoder{}, namespace.NewManager(), logger,
		observeroption.WithMaxFlows(container.Capacity65535),
		observeroption.WithMonitorBuffer(1024),
		observeroption.WithOnDecodedFlow(observeroption.OnDecodedFlowFunc(
			func(ctx context.Context, flow *flowpb.Flow) (bool, error) { return processor.OnDecodedFlow(ctx, flow) })))
	if err != nil {
		log.Fatal(err)
	}
	go server.Start()
	for _, flow := range flows {
		server.GetEventsChannel() <- &observerTypes.MonitorEvent{Payload: flow}
	}
	// The ring shows an event when the next one comes. This one is never shown.
	server.GetEventsChannel() <- &observerTypes.MonitorEvent{Payload: &flowpb.LostEvent{}}
	for server.GetRingBuffer().Len() < uint64(len(flows)) {
		time.Sleep(time.Millisecond)
	}

	calls := grpc.NewServer()
	observerpb.RegisterObserverServer(calls, server)
	serve("observer", calls.Serve)
	serve("metrics", (&http.Server{Handler: metrics.ServerHandler(registry, false)}).Serve)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func serve(name string, accept func(net.Listener) error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(accept(listener)) }()
	fmt.Println(name, listener.Addr())
}

func read(path string) ([]*flowpb.Flow, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var flows []*flowpb.Flow
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		var line struct{ Flow json.RawMessage }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		flow := &flowpb.Flow{}
		if err := protojson.Unmarshal(line.Flow, flow); err != nil {
			return nil, err
		}
		flows = append(flows, flow)
	}
	return flows, lines.Err()
}
