// Where the body of an answer ends, and whether another request may follow it (RFC 9112, sections 6.3
// and 9.3).
#pragma once

#include <string_view>

#include "common/http_body.hpp"
#include "registry/header_reader.hpp"

namespace whittle::registry {

struct AnswerFraming {
  HttpFraming body;
  bool keeps_connection = false;
};

// RegistryError(registry) for a length that is none, and a transfer coding that nobody asked for.
AnswerFraming framing_of(std::string_view method, const HeaderReader& header);

}  // namespace whittle::registry
