#include "layers/descriptor.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "layers/json_fields.hpp"

namespace whittle::layers {
namespace {

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// Strict base64 (RFC 4648, section 4): padded, no white space, no stray bits. Nothing when it is not that.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  std::string bytes;
  unsigned bits = 0;
  unsigned value = 0;
  for (const char c : text) {
    const int digit = base64_value(c);
    if (digit < 0) return std::nullopt;
    value = (value << 6U | static_cast<unsigned>(digit)) & 0xffffU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(value >> bits & 0xffU);
  }
  if ((value & ((1U << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

// descriptor.md, "Embedded Content": the data must be what digest and size say (hostile case 112).
void check_embedded(const std::string& data, const Descriptor& descriptor, std::string_view where) {
  const auto bytes = decode_base64(data);
  if (!bytes) throw Error(ErrorKind::integrity, fmt::format("{}: field `data` is not base64", where));
  Hasher hasher(descriptor.digest.algorithm());
  hasher.write(*bytes);
  if (bytes->size() != descriptor.size || hasher.finish() != descriptor.digest)
    throw Error(ErrorKind::integrity, fmt::format("{}: field `data` does not match size and digest", where));
}

// Writers that know no platform leave both names empty instead of leaving the object out.
std::optional<Platform> parse_platform(const Json& json, std::string where) {
  const JsonFields fields(json, std::move(where));
  if (fields.text("os").empty() && fields.text("architecture").empty()) return std::nullopt;
  return Platform::normal(fields.required_text("os"), fields.required_text("architecture"),
                          fields.text("variant"), fields.text("os.version"));
}

}  // namespace

Descriptor parse_descriptor(const Json& json, std::string_view where) {
  const JsonFields fields(json, std::string(where));
  const std::string digest = fields.required_text("digest");
  Descriptor descriptor{fields.required_text("mediaType"),
                        in_context([&] { return where; }, [&] { return Digest::parse(digest); }),
                        fields.required_size("size")};
  if (const Json* platform = fields.find("platform"))
    descriptor.platform = parse_platform(*platform, fields.where("platform"));
  descriptor.annotations = fields.text_map("annotations");
  descriptor.artifact_type = fields.text("artifactType");
  if (const Json* urls = fields.find("urls"); urls != nullptr && urls->is_array())
    for (const auto& url : *urls)
      if (url.is_string()) descriptor.urls.push_back(url.get<std::string>());
  if (fields.find("data") != nullptr) check_embedded(fields.text("data"), descriptor, where);
  return descriptor;
}

Json to_json(const Descriptor& descriptor) {
  Json json = {
      {"mediaType", descriptor.media_type}, {"digest", descriptor.digest.text()}, {"size", descriptor.size}};
  if (descriptor.platform) {
    const Platform& platform = *descriptor.platform;
    Json& out = json["platform"] = {{"os", platform.os}, {"architecture", platform.architecture}};
    if (!platform.variant.empty()) out["variant"] = platform.variant;
    if (!platform.os_version.empty()) out["os.version"] = platform.os_version;
  }
  if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
  if (!descriptor.artifact_type.empty()) json["artifactType"] = descriptor.artifact_type;
  if (!descriptor.urls.empty()) json["urls"] = descriptor.urls;
  return json;
}

}  // namespace whittle::layers
