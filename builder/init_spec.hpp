// A whittle.yaml that is being written: what goes into it, with the comments that say where it came from.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whittle::builder {

// A value and the comment behind it ("" for none). Texts are as the spec has them: `$` escaped, named values
// in place.
struct Noted {
  std::string value;
  std::string note = {};
};

struct InitBinary {
  std::string main;
  std::string path = {};  // empty: where whittle puts it
  std::vector<std::string> tags = {};
  std::vector<std::string> ldflags = {};
  std::string profile = {};
  std::string inlining = {};
  bool cgo = false;  // `static`
};

struct InitFile {
  std::string from;
  std::string to;
  std::string mode = {};  // "0644"
  std::string owner = {};
  std::string note = {};
};

struct InitImage {
  std::string name;
  std::vector<std::string> comments = {};  // lines above its keys
  std::vector<InitBinary> binaries = {};
  Noted base = {};  // an empty value: the default
  std::vector<std::string> packages = {};
  std::vector<InitFile> files = {};
  Noted user = {};
  std::vector<std::pair<std::string, std::string>> env = {};
  std::vector<std::string> entrypoint = {};
  std::vector<std::string> args = {};
  Noted working_dir = {};
  std::vector<Noted> ports = {};
  std::vector<std::string> volumes = {};
  std::string stop_signal = {};
  std::vector<std::pair<std::string, std::string>> labels = {};
  std::vector<std::string> platforms = {};
};

struct InitSpec {
  std::vector<std::string> comments = {};  // lines at the top
  Noted go_version = {};
  std::vector<InitImage> images = {};
};

// The file: the same bytes for the same spec. Comments are made safe; values are quoted where YAML needs it.
std::string to_yaml(const InitSpec& spec);

// A YAML scalar: plain where it is read as this text by every reader, else in double quotes.
std::string yaml_scalar(std::string_view text);

// Why the spec's own reader refuses `key: VALUE` of an image, without the position; "" when it takes it.
// `yaml` is the value as YAML on one line.
std::string why_refused(std::string_view key, std::string_view yaml);

// Whether the spec's reader takes it as `go.version`.
bool is_go_version(std::string_view text);

// An image's name from any name: lower-case words joined by single `-`; "app" when nothing is left.
std::string image_name_from(std::string_view name);

}  // namespace whittle::builder
