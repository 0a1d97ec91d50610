// An image's configuration (image-spec, config.md). What whittle does not know is kept and written back.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json.hpp"
#include "layers/document.hpp"
#include "layers/platform.hpp"

namespace whittle::layers {

struct History {
  std::string created = {};
  std::string created_by = {};
  std::string comment = {};
  std::string author = {};
  bool empty_layer = false;
};

// The `config` object: how the image is run.
struct Execution {
  std::string user = {};
  std::vector<std::string> env = {};  // NAME=VALUE in order
  std::optional<std::vector<std::string>> entrypoint = {};
  std::optional<std::vector<std::string>> cmd = {};
  std::string working_dir = {};
  std::set<std::string> exposed_ports = {};  // "8080/tcp"
  std::set<std::string> volumes = {};
  std::map<std::string, std::string> labels = {};
  std::string stop_signal = {};
  Json others = Json::object();  // Healthcheck, OnBuild, Shell and what else others wrote

  // Sets a variable: an existing one keeps its place, a new one goes to the end.
  void set_env(std::string_view name, std::string_view value);
};

struct ImageConfig {
  Platform platform;
  std::string created = {};  // RFC 3339, kept verbatim
  std::string author = {};
  Execution execution = {};
  std::vector<Digest> diff_ids = {};
  std::vector<History> history = {};
  Json others = Json::object();  // unknown fields of the top level
};

// Error(integrity) for what contradicts the specification; `what` names the document.
ImageConfig parse_config(std::string_view bytes, std::string_view what);
// Canonical bytes, media type OCI's.
Document write_config(const ImageConfig& config);

}  // namespace whittle::layers
