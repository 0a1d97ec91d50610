#include "layers/manifest.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"
#include "layers/media_types.hpp"

namespace whittle::layers {
namespace {

constexpr std::size_t most_children = 10'000;          // hostile.md, "index children"
constexpr std::size_t most_bytes_written = 4U << 20U;  // hostile.md, "pushed manifest": what registries take

// One digest has one size within a document (hostile case 120).
class Sizes {
 public:
  explicit Sizes(std::string_view what) : what_(what) {}
  Descriptor checked(Descriptor descriptor) {
    const auto known = sizes_.emplace(descriptor.digest, descriptor.size).first;
    if (known->second != descriptor.size)
      throw Error(ErrorKind::integrity,
                  fmt::format("{} states two sizes of {}, {} and {}", what_, descriptor.digest.text(),
                              known->second, descriptor.size));
    return descriptor;
  }

 private:
  std::string_view what_;
  std::map<Digest, std::uint64_t> sizes_;
};

std::vector<Descriptor> parse_children(const JsonFields& fields, std::string_view name, Sizes& sizes,
                                       std::string_view what) {
  const Json& list = fields.required_array(name);
  if (list.size() > most_children)
    throw Error(ErrorKind::limit, fmt::format("{} lists {} {}, more than the limit of {}", what, list.size(),
                                              name, most_children));
  std::vector<Descriptor> children;
  children.reserve(list.size());
  for (const Json& item : list)
    children.push_back(
        sizes.checked(parse_descriptor(item, fields.where(fmt::format("{}[{}]", name, children.size())))));
  return children;
}

std::optional<Descriptor> parse_subject(const JsonFields& fields, Sizes& sizes) {
  const Json* subject = fields.find("subject");
  if (subject == nullptr) return std::nullopt;
  return sizes.checked(parse_descriptor(*subject, fields.where("subject")));
}

// The document's type, checked against its body, and of the kind that is wanted.
std::string settled_type(const Document& document, std::string_view what, bool (*wanted)(std::string_view),
                         std::string_view kind) {
  std::string type = settle_media_type(document.media_type, document.bytes, what);
  if (!wanted(type))
    throw Error(ErrorKind::integrity, fmt::format("{} is of type {}, not {}", what, type, kind));
  return type;
}

// What manifests and indexes have in common.
template <class T>
Json common_part(const T& value) {
  Json json = {{"schemaVersion", 2}, {"mediaType", value.media_type}};
  if (!value.annotations.empty()) json["annotations"] = value.annotations;
  if (value.subject) json["subject"] = to_json(*value.subject);
  if (!value.artifact_type.empty()) json["artifactType"] = value.artifact_type;
  return json;
}

Json to_list(const std::vector<Descriptor>& descriptors) {
  Json list = Json::array();
  for (const Descriptor& descriptor : descriptors) list.push_back(to_json(descriptor));
  return list;
}

Document finished(const std::string& type, const Json& json, std::string_view kind) {
  Document document(type, canonical(json));
  if (document.bytes.size() > most_bytes_written) {
    Error error(ErrorKind::spec_limit,
                fmt::format("the {} has {} bytes, more than the {} that registries take", kind,
                            document.bytes.size(), most_bytes_written));
    throw error.hint("labels and annotations are what makes one large: shorten them");
  }
  return document;
}

}  // namespace

Manifest parse_manifest(const Document& document, std::string_view what) {
  std::string type = settled_type(document, what, media_type::is_manifest, "an image manifest");
  const Json json = parse_json(document.bytes, what);
  const JsonFields fields(json, std::string(what));
  Sizes sizes(what);
  Descriptor config = sizes.checked(parse_descriptor(fields.required("config"), fields.where("config")));
  Manifest manifest{std::move(type), std::move(config), parse_children(fields, "layers", sizes, what)};
  manifest.annotations = fields.text_map("annotations");
  manifest.subject = parse_subject(fields, sizes);
  manifest.artifact_type = fields.text("artifactType");
  return manifest;
}

Index parse_index(const Document& document, std::string_view what) {
  std::string type = settled_type(document, what, media_type::is_index, "an image index");
  const Json json = parse_json(document.bytes, what);
  const JsonFields fields(json, std::string(what));
  Sizes sizes(what);
  Index index{std::move(type), parse_children(fields, "manifests", sizes, what)};
  index.annotations = fields.text_map("annotations");
  index.subject = parse_subject(fields, sizes);
  index.artifact_type = fields.text("artifactType");
  return index;
}

Document write_manifest(const Manifest& manifest) {
  Json json = common_part(manifest);
  json["config"] = to_json(manifest.config);
  json["layers"] = to_list(manifest.layers);
  return finished(manifest.media_type, json, "image manifest");
}

Document write_index(const Index& index) {
  Json json = common_part(index);
  json["manifests"] = to_list(index.manifests);
  return finished(index.media_type, json, "image index");
}

}  // namespace whittle::layers
