#include "evidence/simple_signing.hpp"

#include <fmt/format.h>

#include "common/text.hpp"
#include "evidence/unverified_json.hpp"

namespace whittle::evidence {
namespace {

constexpr std::string_view signature_type = "cosign container image signature";
constexpr std::string_view payload_name = "the signed payload";

}  // namespace

std::string write_simple_signing(std::string_view reference, const Digest& digest) {
  return canonical({{"critical",
                     {{"identity", {{"docker-reference", reference}}},
                      {"image", {{"docker-manifest-digest", digest.text()}}},
                      {"type", signature_type}}},
                    {"optional", nullptr}});
}

void check_simple_signing(std::string_view payload, const Digest& digest) {
  const Json json = parse_unverified(payload, payload_name);
  const Json& critical = object_field(json, "critical", payload_name);
  if (const auto type = text_field(critical, "type", payload_name); type != signature_type)
    throw unverified(payload_name, fmt::format("is of type {}, not {}", shown(type), shown(signature_type)));
  const auto claimed =
      text_field(object_field(critical, "image", payload_name), "docker-manifest-digest", payload_name);
  if (claimed == digest.text()) return;
  try {
    Digest::parse(claimed);
  } catch (const Error&) {
    throw unverified(payload_name,
                     fmt::format("names {}, which is no digest (lower case, sha256)", shown(claimed)));
  }
  throw unverified(payload_name, fmt::format("is about another digest, {}", claimed));
}

}  // namespace whittle::evidence
