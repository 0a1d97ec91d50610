// What a client of `serve` sends as a body: in its first byte how it is framed and how it arrives.
#include "common/error.hpp"
#include "serving/request_body.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

void http_body_input(std::string_view input) {
  if (input.empty()) return;
  const auto first = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  serving::Request request;
  request.is_chunked = (first & 1U) != 0;
  request.length = first;
  request.has_body = true;
  const std::size_t piece = 1 + first / 2U;
  std::string buffer;
  std::string_view rest = input;
  serving::RequestBody body(request, buffer, [&] {
    if (rest.empty()) throw Error(ErrorKind::network, "cut");
    buffer += rest.substr(0, piece);
    rest.remove_prefix(std::min(piece, rest.size()));
  });
  try {
    const auto text = read_all(body, input.size() + 1, "the body");
    require(body.is_at_end(), "a body that was read is at its end");
    require(text.size() + buffer.size() + rest.size() <= input.size(), "a body is of what arrived");
    require(request.is_chunked || text == input.substr(0, first), "a body of a length is what arrived");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::network,
            "a body is refused or cut");
  }
}

}  // namespace whittle::fuzz
