#include "registry/header_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "common/text.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

[[noreturn]] void refuse_header(std::string why) {
  throw RegistryError(ErrorKind::registry, std::move(why), {});
}

}  // namespace

void HeaderReader::take(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > limit_) refuse_header(fmt::format("its header is larger than the limit of {} bytes", limit_));
  if (done_) return;
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    take_status(line);
  } else if (line.empty()) {
    done_ = status_ >= 200;
  } else {
    take_field(line);
  }
}

void HeaderReader::take_status(std::string_view line) {
  headers_ = Headers();
  status_ = 0;
  is_http_1_0_ = line.starts_with("HTTP/1.0");
  const auto blank = std::min(line.find(' '), line.size());
  for (const char c : line.substr(std::min(blank + 1, line.size())).substr(0, 3))
    status_ = c >= '0' && c <= '9' ? status_ * 10 + (c - '0') : 0;
}

void HeaderReader::take_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos || line[0] == ' ' || line[0] == '\t')
    refuse_header(fmt::format("its header has the line {}", shown(line)));
  auto value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  headers_.add(std::string(line.substr(0, colon)), std::string(value));
  // Two lengths are how one answer is made to look like two (RFC 9112, section 6.3). Only a field that was
  // just added can differ from the first one.
  const auto length = headers_.find("Content-Length");
  const auto& last = headers_.fields().back();
  if (length && same_name(last.first, "Content-Length") && last.second != *length)
    refuse_header("it states two different lengths");
}

}  // namespace whittle::registry
