#include "builder/inlining.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "common/file.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

// What every program spends time in without knowing: memory, maps, strings, locks. All of it is small.
constexpr std::array<std::string_view, 16> core = {
    "bufio",    "bytes",       "cmp",    "errors", "internal/...", "io",      "iter",     "maps",
    "math/...", "runtime/...", "slices", "sort",   "strconv",      "strings", "sync/...", "unicode/...",
};

// Modules whose work is done in short calls, many times a second. A module that is not here is compiled
// without inlining by `hot`; what that costs is in docs/smallest.md.
constexpr std::array<std::string_view, 116> hot_modules = {
    // Reading and writing data.
    "github.com/BurntSushi/toml",
    "github.com/apache/arrow",
    "github.com/apache/arrow-go",
    "github.com/apache/thrift",
    "github.com/buger/jsonparser",
    "github.com/bytedance/sonic",
    "github.com/fxamacker/cbor",
    "github.com/goccy",
    "github.com/gogo/protobuf",
    "github.com/golang/protobuf",
    "github.com/google/flatbuffers",
    "github.com/hamba/avro",
    "github.com/json-iterator/go",
    "github.com/mailru/easyjson",
    "github.com/modern-go",
    "github.com/parquet-go",
    "github.com/pelletier/go-toml",
    "github.com/planetscale/vtprotobuf",
    "github.com/segmentio",
    "github.com/tidwall",
    "github.com/tinylib/msgp",
    "github.com/ugorji/go",
    "github.com/vmihailenco",
    "go.yaml.in/yaml",
    "google.golang.org/protobuf",
    "gopkg.in/yaml.v2",
    "gopkg.in/yaml.v3",
    "capnproto.org/go",
    "sigs.k8s.io/json",
    "sigs.k8s.io/yaml",
    // Compressing, hashing, enciphering.
    "filippo.io",
    "github.com/DataDog/zstd",
    "github.com/OneOfOne/xxhash",
    "github.com/andybalholm/brotli",
    "github.com/cespare/xxhash",
    "github.com/cloudflare/circl",
    "github.com/decred/dcrd",
    "github.com/dgryski",
    "github.com/dsnet/compress",
    "github.com/golang/snappy",
    "github.com/klauspost",
    "github.com/minio",
    "github.com/pierrec/lz4",
    "github.com/spaolacci/murmur3",
    "github.com/twmb/murmur3",
    "github.com/ulikunitz/xz",
    "github.com/zeebo",
    "golang.org/x",
    "lukechampine.com",
    // Numbers and containers.
    "github.com/RoaringBitmap/roaring",
    "github.com/HdrHistogram/hdrhistogram-go",
    "github.com/armon",
    "github.com/beorn7/perks",
    "github.com/bits-and-blooms",
    "github.com/cockroachdb/apd",
    "github.com/deckarep/golang-set",
    "github.com/emirpasic/gods",
    "github.com/google/btree",
    "github.com/google/uuid",
    "github.com/hashicorp/go-immutable-radix",
    "github.com/hashicorp/golang-lru",
    "github.com/holiman",
    "github.com/maypok86/otter",
    "github.com/dolthub/swiss",
    "github.com/influxdata/tdigest",
    "github.com/oklog/ulid",
    "github.com/puzpuzpuz/xsync",
    "github.com/samber/lo",
    "github.com/shopspring/decimal",
    "gonum.org/v1/gonum",
    // Serving requests.
    "connectrpc.com",
    "github.com/cloudwego",
    "github.com/gin-gonic/gin",
    "github.com/go-chi/chi",
    "github.com/gofiber",
    "github.com/gobwas",
    "github.com/gorilla",
    "github.com/julienschmidt/httprouter",
    "github.com/labstack/echo",
    "github.com/miekg/dns",
    "github.com/quic-go",
    "github.com/valyala",
    "google.golang.org/grpc",
    "nhooyr.io/websocket",
    "github.com/coder/websocket",
    // Logs and metrics.
    "github.com/VictoriaMetrics",
    "github.com/go-kit/log",
    "github.com/go-logr",
    "github.com/prometheus",
    "github.com/rs/zerolog",
    "github.com/sirupsen/logrus",
    "go.opentelemetry.io",
    "go.uber.org",
    // Storing and sending.
    "github.com/IBM/sarama",
    "github.com/blevesearch",
    "github.com/cockroachdb/pebble",
    "github.com/dgraph-io",
    "github.com/go-sql-driver/mysql",
    "github.com/jackc",
    "github.com/lib/pq",
    "github.com/nats-io",
    "github.com/ncruces",
    "github.com/redis/go-redis",
    "github.com/syndtr/goleveldb",
    "github.com/twmb/franz-go",
    "go.etcd.io",
    "modernc.org",
    // Reading languages and running programs.
    "github.com/alecthomas/chroma",
    "github.com/antlr4-go/antlr",
    "github.com/dlclark/regexp2",
    "github.com/dop251/goja",
    "github.com/evanw/esbuild",
    "github.com/expr-lang/expr",
    "github.com/google/cel-go",
    "github.com/tetratelabs/wazero",
    "github.com/yuin",
};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The import path of a main package; what a profile calls "main".
std::string path_of(const GoMain& main) {
  if (!main.pattern.starts_with('.')) return main.pattern;
  const auto folder = fs::path(main.pattern).lexically_normal();
  const auto path = (fs::path(module_path(main.module)) / folder).lexically_normal().native();
  return path.ends_with("/.") || path.ends_with('/') ? path.substr(0, path.rfind('/')) : path;
}

std::set<fs::path> own_folders(const GoMain& main) {
  std::set<fs::path> folders = {main.module};
  if (!main.workspace.empty())
    for (auto& folder : named_folders(main.workspace)) folders.insert(std::move(folder));
  return folders;
}

// All that names the modules of the build. go compares every package with every pattern, so that those of
// modules that are not there would cost as much time as a small program takes to link.
std::string module_lists(const GoMain& main) {
  constexpr std::size_t largest = 64U << 20U;
  std::set<fs::path> files;
  for (const auto& folder : own_folders(main))
    for (const auto* name : {"go.mod", "go.sum", "vendor/modules.txt"}) files.insert(folder / name);
  if (!main.workspace.empty())
    for (const auto* name : {"go.work.sum", "vendor/modules.txt"})
      files.insert(main.workspace.parent_path() / name);
  std::string lists;
  for (const auto& file : files) lists += read_file_if_present(file, largest).value_or("");
  return lists;
}

void keep_by_rule(const GoMain& main, std::set<std::string>& kept) {
  kept.insert("std");
  const auto lists = module_lists(main);
  for (const auto module : hot_modules)
    if (lists.find(module) != std::string::npos) kept.insert(fmt::format("{}/...", module));
  for (const auto& folder : own_folders(main))
    if (const auto module = module_path(folder); is_package_pattern(module))
      kept.insert(fmt::format("{}/...", module));
}

}  // namespace

bool is_package_pattern(std::string_view text) {
  constexpr std::string_view others = "-._~/+";
  return text.size() <= 4096 && !text.empty() && is_alphanumeric(text.front()) && !text.ends_with('/') &&
         text.find("//") == std::string_view::npos && std::all_of(text.begin(), text.end(), [&](char c) {
           return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
         });
}

std::vector<std::string> inlining_flags(const Inlining& inlining, const GoMain& main,
                                        const std::set<std::string>& profiled) {
  if (inlining.rule == Inlining::Rule::all) return {};
  std::set<std::string> kept(inlining.keep.begin(), inlining.keep.end());
  if (inlining.rule == Inlining::Rule::hot) keep_by_rule(main, kept);
  if (!inlining.profile.empty()) kept.insert(core.begin(), core.end());
  for (const auto& package : profiled) {
    const auto path = package == "main" ? path_of(main) : package;
    if (is_package_pattern(path)) kept.insert(path);
  }
  std::vector<std::string> flags = {"all=-l"};
  for (const auto& pattern : kept) flags.push_back(fmt::format("{}=", pattern));
  return flags;
}

}  // namespace whittle::builder
