package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
)

func BenchmarkEncodeJSON(b *testing.B) {
	all := items()
	for b.Loop() {
		json.Marshal(all)
	}
}

func BenchmarkDecodeJSON(b *testing.B) {
	text, _ := json.Marshal(items())
	for b.Loop() {
		var all []item
		json.Unmarshal(text, &all)
	}
}

func BenchmarkDecodeYAML(b *testing.B) {
	text, _ := yaml.Marshal(items())
	for b.Loop() {
		var all []map[string]any
		yaml.Unmarshal(text, &all)
	}
}

func BenchmarkTemplate(b *testing.B) {
	all := items()
	for b.Loop() {
		page.Execute(io.Discard, all)
	}
}

func BenchmarkFormat(b *testing.B) {
	for b.Loop() {
		fmt.Fprintf(io.Discard, "%s %d %v %q", "hello", 42, 3.5, "w")
	}
}

func BenchmarkLog(b *testing.B) {
	logger := slog.New(slog.NewJSONHandler(io.Discard, nil))
	for b.Loop() {
		logger.Info("request", "path", "/x", "status", 200, "took", time.Second)
	}
}

func BenchmarkRegexp(b *testing.B) {
	text := strings.Repeat("abc=123 defgh=x ", 20)
	for b.Loop() {
		assignment.FindAllStringSubmatch(text, -1)
	}
}

func BenchmarkSort(b *testing.B) {
	for b.Loop() {
		all := items()
		sort.Slice(all, func(i, j int) bool { return all[i].Name > all[j].Name })
	}
}

func BenchmarkGzip(b *testing.B) {
	text, _ := json.Marshal(items())
	for b.Loop() {
		writer := gzip.NewWriter(io.Discard)
		writer.Write(text)
		writer.Close()
	}
}

func BenchmarkTime(b *testing.B) {
	at := time.Unix(1_000_000_000, 0).UTC()
	for b.Loop() {
		time.Parse(time.RFC1123, at.Format(time.RFC1123))
	}
}

func BenchmarkScrape(b *testing.B) {
	registry, _ := metrics()
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true})
	for b.Loop() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil))
	}
}

func BenchmarkCount(b *testing.B) {
	_, requests := metrics()
	for b.Loop() {
		requests.WithLabelValues("/x", "200").Inc()
	}
}

func BenchmarkProtobuf(b *testing.B) {
	registry, _ := metrics()
	families, _ := registry.Gather()
	for b.Loop() {
		for _, family := range families {
			bytes, _ := proto.Marshal(family)
			proto.Unmarshal(bytes, &dto.MetricFamily{})
		}
	}
}

func BenchmarkRoute(b *testing.B) {
	handler, request := router(), httptest.NewRequest("GET", "/items/4", nil)
	for b.Loop() {
		handler.ServeHTTP(httptest.NewRecorder(), request)
	}
}

func BenchmarkHTTP(b *testing.B) {
	server := httptest.NewServer(router())
	defer server.Close()
	fetch(b, server)
}

func BenchmarkHTTP2(b *testing.B) {
	server := httptest.NewUnstartedServer(router())
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	fetch(b, server)
}

func fetch(b *testing.B, server *httptest.Server) {
	var body bytes.Buffer
	for b.Loop() {
		response, err := server.Client().Get(server.URL + "/items/4")
		if err != nil {
			b.Fatal(err)
		}
		body.Reset()
		io.Copy(&body, response.Body)
		response.Body.Close()
	}
}
