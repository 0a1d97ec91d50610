// What a client of `serve` sends: a head, and in its first line what a range may be.
#include "serving/request.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

void http_request_input(std::string_view input) {
  const auto line = take_line(input);
  for (const std::uint64_t size : {0ULL, 1ULL, 1000ULL, ~0ULL}) {
    const auto answer = serving::range_of(line, size);
    if (answer.kind != serving::RangeAnswer::Kind::part) continue;
    require(answer.range.count > 0 && answer.range.first < size &&
                answer.range.count <= size - answer.range.first,
            "a range lies in what it is of");
  }
  const auto length = serving::head_length(input);
  require(!length || *length <= input.size(), "a head lies in what arrived");
  const auto request = serving::parse_request(input.substr(0, length.value_or(input.size())));
  if (!request) return;
  require(length.has_value(), "a head has an end");
  require(request->path.starts_with('/') && !request->method.empty(), "a request has a method and a path");
  for (const auto& [name, value] : request->fields)
    require(!name.empty() && value.find_first_of("\r\n") == std::string::npos, "a field is one line");
  require(request->path.find_first_of("\r\n") == std::string::npos &&
              request->path.find('\0') == std::string::npos,
          "a path is one line");
}

}  // namespace whittle::fuzz
