#include "registry/place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t longest_path = 4095;  // PATH_MAX less the final NUL
constexpr std::size_t longest_name = 255;

[[noreturn]] void fail(std::string_view text, std::string_view why, std::string_view hint) {
  Error error(ErrorKind::usage, fmt::format("{} names no place: {}", shown(text), why));
  error.hint(std::string(hint));
  throw error;
}

// Takes `@ALGORITHM:VALUE` off the end. What only looks like a digest is an error, because a pin that is
// silently read as part of a folder's name would pin nothing.
std::optional<Digest> take_digest(std::string_view& rest, std::string_view whole) {
  const auto at = rest.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto behind = rest.substr(at + 1);
  const auto colon = behind.find(':');
  if (colon == std::string_view::npos || behind.find('/') != std::string_view::npos) return std::nullopt;
  const auto algorithm = behind.substr(0, colon);
  const bool meant = algorithm == "sha256" || algorithm == "sha512" || behind.size() - colon > 32;
  if (!meant) return std::nullopt;
  try {
    auto digest = Digest::parse(behind);
    rest = rest.substr(0, at);
    return digest;
  } catch (const Error& error) {
    fail(whole, fmt::format("the part after `@` is not a digest: {}", error.message()),
         "a folder whose name ends like this is written with a trailing slash");
  }
}

// `oci:DIR[:TAG]`: the text behind the last colon is a tag unless it holds a slash; a folder with a colon in
// its name is therefore written with a trailing slash.
Place parse_layout(std::string_view rest, std::string_view whole) {
  static constexpr std::string_view hint =
      "write oci:DIR[:TAG][@sha256:DIGEST]; a folder with a colon in its name is written with a trailing "
      "slash";
  Place place;
  place.kind = Place::Kind::layout;
  place.digest = take_digest(rest, whole);
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    const auto tag = rest.substr(colon + 1);
    if (!is_tag(tag)) fail(whole, fmt::format("{} behind the last colon is not a tag", shown(tag)), hint);
    place.tag = tag;
    rest = rest.substr(0, colon);
  }
  if (rest.empty()) fail(whole, "the folder is empty", hint);
  if (rest.find('\0') != std::string_view::npos) fail(whole, "the folder has a NUL in its name", hint);
  if (rest.size() > longest_path) fail(whole, "the path of the folder is longer than 4095 bytes", hint);
  while (rest.size() > 1 && rest.ends_with('/')) rest.remove_suffix(1);
  place.folder = rest;
  return place;
}

bool is_store_name(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || name.size() > longest_name) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool at_start = i == 0 || name[i - 1] == '/';
    if (!is_word(c) && (at_start || (c != '.' && c != '-' && c != '/'))) return false;
  }
  return name.back() != '/';
}

Place parse_store(std::string_view rest, std::string_view whole) {
  static constexpr std::string_view hint = "write local:NAME[:TAG][@sha256:DIGEST]";
  Place place;
  place.kind = Place::Kind::store;
  place.digest = take_digest(rest, whole);
  const auto colon = rest.find(':');
  if (colon != std::string_view::npos) {
    const auto tag = rest.substr(colon + 1);
    if (!is_tag(tag)) fail(whole, fmt::format("{} is not a tag", shown(tag)), hint);
    place.tag = tag;
    rest = rest.substr(0, colon);
  }
  if (!is_store_name(rest)) fail(whole, fmt::format("{} is not a name of the store", shown(rest)), hint);
  place.name = rest;
  return place;
}

}  // namespace

Place Place::parse(std::string_view text) {
  for (const std::string_view later : {"oci-archive:", "docker-archive:", "docker-daemon:"}) {
    if (!text.starts_with(later)) continue;
    Error error(ErrorKind::unsupported, fmt::format("places of the form {} are not supported", later));
    error.hint("use a registry, oci:DIR[:TAG] or local:NAME[:TAG]");
    throw error;
  }
  if (text.starts_with("oci:")) return parse_layout(text.substr(4), text);
  if (text.starts_with("local:")) return parse_store(text.substr(6), text);
  Place place;
  place.reference = Reference::parse(text);
  place.tag = place.reference->tag;
  place.digest = place.reference->digest;
  return place;
}

std::string Place::text() const {
  if (kind == Kind::registry) return reference->name() + (tag.empty() ? "" : ':' + tag);
  std::string result = kind == Kind::layout ? "oci:" + folder.native() : "local:" + name;
  if (!tag.empty()) return result + ':' + tag;
  // Written so that it parses to the same place again.
  const bool ambiguous = kind == Kind::layout && result.rfind(':') > 3 &&
                         result.find('/', result.rfind(':')) == std::string::npos;
  return ambiguous ? result + '/' : result;
}

}  // namespace whittle::registry
