#include "registry/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

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

void check_file(std::string_view file, std::string_view whole, std::string_view hint) {
  if (file.empty()) fail(whole, "the file is empty", hint);
  if (file.find('\0') != std::string_view::npos) fail(whole, "the file has a NUL in its name", hint);
  if (file.size() > longest_path) fail(whole, "the path of the file is longer than 4095 bytes", hint);
  if (file.ends_with('/')) fail(whole, "a path that ends in a slash is a folder's", hint);
}

// `oci-archive:FILE[:TAG]`: as with a layout, but that an empty tag ends the name of a file that has a colon.
Place parse_oci_archive(std::string_view rest, std::string_view whole) {
  static constexpr std::string_view hint =
      "write oci-archive:FILE[:TAG][@sha256:DIGEST]; a file with a colon in its name is written with a colon "
      "at its end";
  Place place;
  place.kind = Place::Kind::oci_archive;
  place.digest = take_digest(rest, whole);
  if (place.digest && take_digest(rest, whole)) fail(whole, "it has two digests", hint);
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    const auto tag = rest.substr(colon + 1);
    if (!tag.empty() && !is_tag(tag))
      fail(whole, fmt::format("{} behind the last colon is not a tag", shown(tag)), hint);
    place.tag = tag;
    rest = rest.substr(0, colon);
  }
  check_file(rest, whole, hint);
  place.file = rest;
  return place;
}

Place parse_docker_archive(std::string_view rest, std::string_view whole) {
  static constexpr std::string_view hint =
      "write docker-archive:FILE[:REF][@sha256:DIGEST]; the file ends at the first colon";
  Place place;
  place.kind = Place::Kind::docker_archive;
  place.digest = take_digest(rest, whole);
  const auto colon = rest.find(':');
  check_file(rest.substr(0, colon), whole, hint);
  place.file = rest.substr(0, colon);
  if (colon == std::string_view::npos) return place;
  place.reference = Reference::parse(rest.substr(colon + 1));
  place.tag = place.reference->tag;
  return place;
}

Place parse_docker_daemon(std::string_view rest, std::string_view whole) {
  Place place;
  place.kind = Place::Kind::docker_daemon;
  place.digest = take_digest(rest, whole);
  place.reference = Reference::parse(rest);
  place.tag = place.reference->tag;
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
  static constexpr std::array<std::pair<std::string_view, Place (*)(std::string_view, std::string_view)>, 5>
      forms = {{{"oci:", parse_layout},
                {"oci-archive:", parse_oci_archive},
                {"docker-archive:", parse_docker_archive},
                {"docker-daemon:", parse_docker_daemon},
                {"local:", parse_store}}};
  for (const auto& [prefix, parse_form] : forms)
    if (text.starts_with(prefix)) return parse_form(text.substr(prefix.size()), text);
  Place place;
  place.reference = Reference::parse(text);
  place.tag = place.reference->tag;
  place.digest = place.reference->digest;
  return place;
}

std::string Place::text() const {
  const auto tagged = [&](std::string form) { return tag.empty() ? form : form + ':' + tag; };
  // Written so that it parses to the same place again.
  const auto ended = [&](std::string form, char end) {
    const auto colon = form.rfind(':');
    const bool ambiguous =
        tag.empty() && form.find(':') != colon && form.find('/', colon) == std::string::npos;
    return ambiguous ? form + end : tagged(std::move(form));
  };
  switch (kind) {
    case Kind::layout: {
      // The slash also keeps what only looks like a digest, with the tag behind it, from being taken for one.
      const bool pinned = !tag.empty() && folder.native().find('@') != std::string::npos;
      return ended("oci:" + folder.native() + (pinned ? "/" : ""), '/');
    }
    case Kind::oci_archive:
      return ended("oci-archive:" + file.native(), ':');
    case Kind::docker_archive:
      return "docker-archive:" + file.native() + (reference ? tagged(':' + reference->name()) : "");
    case Kind::docker_daemon:
      return tagged("docker-daemon:" + reference->name());
    case Kind::store:
      return tagged("local:" + name);
    case Kind::registry:
      break;
  }
  return tagged(reference->name());
}

}  // namespace whittle::registry
