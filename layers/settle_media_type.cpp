// Which kind of document some bytes are: decided once, before they are parsed as it, so that no two readers
// can take one body for two things (hostile cases 106 to 108, CVE-2021-41190).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::layers {
namespace {

// The type without parameters, in lower case (RFC 9110, section 8.3.1).
std::string bare(std::string_view stated) {
  std::string type(stated.substr(0, stated.find(';')));
  for (char& c : type)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto first = type.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return type.substr(first, type.find_last_not_of(" \t") - first + 1);
}

bool says_nothing(std::string_view type) {
  static constexpr std::array<std::string_view, 5> generic = {
      "", "application/json", "text/plain", "application/octet-stream", "binary/octet-stream"};
  return std::find(generic.begin(), generic.end(), type) != generic.end();
}

bool is_document(std::string_view type) {
  return media_type::is_index(type) || media_type::is_manifest(type);
}

[[noreturn]] void refuse_old_schema(std::string_view what, std::string_view why) {
  Error error(ErrorKind::unsupported, fmt::format("{} {}", what, why));
  error.hint("only OCI documents and Docker's schema 2 are read: push the image again with a current tool");
  throw error;
}

void require_schema_2(const JsonFields& fields, std::string_view what) {
  const Json* version = fields.find("schemaVersion");
  if (version == nullptr) refuse_old_schema(what, "has no `schemaVersion`");
  if (!version->is_number_integer() || *version != 2)
    refuse_old_schema(what, fmt::format("has schemaVersion {}, not 2", escaped(version->dump())));
}

// The fields of the other kind must not be there, so that nobody can read the document as that.
void require_shape(const JsonFields& fields, std::string_view type, std::string_view what) {
  static constexpr std::array<std::string_view, 3> of_manifests = {"fsLayers", "layers", "config"};
  static constexpr std::array<std::string_view, 2> of_indexes = {"fsLayers", "manifests"};
  const bool index = media_type::is_index(type);
  const auto foreign =
      index ? std::span<const std::string_view>(of_manifests) : std::span<const std::string_view>(of_indexes);
  for (const auto name : foreign)
    if (fields.find(name) != nullptr)
      throw Error(ErrorKind::integrity,
                  fmt::format("{} is of type {} but has the field `{}`", what, type, name));
}

std::string by_shape(const JsonFields& fields, std::string_view what) {
  const bool manifests = fields.find("manifests") != nullptr;
  const bool layers = fields.find("layers") != nullptr;
  if (manifests && layers)
    throw Error(ErrorKind::integrity, fmt::format("{} has both `layers` and `manifests`", what));
  if (!manifests && !layers)
    throw Error(ErrorKind::unsupported, fmt::format("{} is neither an image manifest nor an index", what));
  return std::string(manifests ? media_type::oci_index : media_type::oci_manifest);
}

}  // namespace

std::string settle_media_type(std::string_view stated, std::string_view bytes, std::string_view what) {
  const std::string type = bare(stated);
  if (type.starts_with("application/vnd.docker.distribution.manifest.v1+"))
    refuse_old_schema(what, "is an image of Docker's schema 1");
  if (!says_nothing(type) && !is_document(type))
    throw Error(ErrorKind::unsupported,
                fmt::format("{} is of type {}, neither an image manifest nor an index", what, shown(stated)));
  const Json json = parse_json(bytes, what);
  const JsonFields fields(json, std::string(what));
  require_schema_2(fields, what);
  const std::string own = fields.text("mediaType");
  if (!own.empty() && !is_document(own))
    throw Error(ErrorKind::unsupported,
                fmt::format("{} calls itself {}, neither an image manifest nor an index", what, shown(own)));
  if (is_document(type) && !own.empty() && own != type)
    throw Error(ErrorKind::integrity,
                fmt::format("{} was delivered as {} but calls itself {}", what, type, own));
  std::string settled = is_document(type) ? type : !own.empty() ? own : by_shape(fields, what);
  require_shape(fields, settled, what);
  return settled;
}

}  // namespace whittle::layers
