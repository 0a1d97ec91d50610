// What the answers of registries say, in success and refusal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "registry/http.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {

// The words of an error body (distribution-spec, "Error Codes"), or the beginning of whatever else it is.
// Escaped.
struct RefusalWords {
  std::vector<std::string> codes;
  std::string text;  // "CODE: message; CODE: message"
};
RefusalWords read_refusal(std::string_view body, std::string_view content_type);

// The error for an answer that is not the success asked for. Reads its body, at most 64 KiB.
RegistryError refusal(const Request& request, Response& response);

// A 200 whose body is not what a registry sends, e.g. a login page (hostile.md, 134).
RegistryError not_a_registry(const Request& request, Response& response);

bool is_html(const Response& response);

// The digest in Docker-Content-Digest, if there is one. Error(integrity) when it is ill-formed.
std::optional<Digest> stated_digest(const Response& response);

// The text of a Warning field of code 299 (distribution-spec, "Warnings"); nothing for another form.
std::optional<std::string> warning_text(std::string_view field);

}  // namespace whittle::registry
