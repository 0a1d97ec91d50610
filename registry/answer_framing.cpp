#include "registry/answer_framing.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "common/ascii.hpp"
#include "common/text.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

[[noreturn]] void refuse_framing(std::string why) {
  throw RegistryError(ErrorKind::registry, std::move(why), {});
}

bool lists(const Headers& headers, std::string_view name, std::string_view token) {
  for (auto value : headers.all(name))
    while (!value.empty())
      if (equal_ignoring_case(trimmed(take_until(value, ',')), token)) return true;
  return false;
}

HttpFraming body_of(std::string_view method, int status, const Headers& headers) {
  using By = HttpFraming::By;
  if (method == "HEAD" || status == 204 || status == 304) return {By::length, 0};
  if (const auto coding = headers.find("Transfer-Encoding")) {
    if (!equal_ignoring_case(*coding, "chunked"))
      refuse_framing(fmt::format("it is sent as {}, which was not asked for", shown(*coding)));
    return {By::chunks};
  }
  const auto field = headers.find("Content-Length");
  if (!field) return {By::end_of_connection};
  const auto length = whole_number<std::uint64_t>(*field);
  if (!length) refuse_framing(fmt::format("its length is {}", shown(*field)));
  return {By::length, *length};
}

}  // namespace

AnswerFraming framing_of(std::string_view method, const HeaderReader& header) {
  const auto& headers = header.headers();
  AnswerFraming framing{body_of(method, header.status(), headers)};
  // Two ways to say where it ends may be read in two ways: what follows is not believed.
  const bool is_clear = framing.body.by != HttpFraming::By::end_of_connection &&
                        (framing.body.by != HttpFraming::By::chunks || !headers.find("Content-Length"));
  framing.keeps_connection = is_clear && (header.is_http_1_0() ? lists(headers, "Connection", "keep-alive")
                                                               : !lists(headers, "Connection", "close"));
  return framing;
}

}  // namespace whittle::registry
