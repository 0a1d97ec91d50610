// The body of a message: in its first byte how it is framed and how it arrives.
#include "common/http_body.hpp"

#include <algorithm>

#include "common/error.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

void http_body_input(std::string_view input) {
  if (input.empty()) return;
  const auto first = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  const bool is_chunked = (first & 1U) != 0;
  const HttpFraming framing{is_chunked ? HttpFraming::By::chunks : HttpFraming::By::length, first};
  const std::size_t piece = 1 + first / 2U;
  std::string buffer;
  std::string_view rest = input;
  HttpBody body(framing, buffer, [&](MutableBytes into) {
    const auto count = std::min({piece, rest.size(), into.size()});
    std::copy_n(as_bytes(rest).begin(), count, into.begin());
    rest.remove_prefix(count);
    return count;
  });
  try {
    const auto text = read_all(body, input.size() + 1, "the body");
    require(body.is_at_end(), "a body that was read is at its end");
    require(text.size() + buffer.size() + rest.size() <= input.size(), "a body is of what arrived");
    require(is_chunked || text == input.substr(0, first), "a body of a length is what arrived");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::network,
            "a body is refused or cut");
  }
}

}  // namespace whittle::fuzz
