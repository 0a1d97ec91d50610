// A request of HTTP/1.1 as it is received: its first line and its fields (RFC 9112). Foreign bytes, read
// strictly: what two readers could take for two things is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whittle::serving {

inline constexpr std::size_t longest_head = 16U << 10U;  // bytes, the empty line at its end included

struct Request {
  std::string method = {};  // "GET"
  std::string path = {};    // decoded, without the query: "/v2/shop/api/tags/list"
  std::vector<std::pair<std::string, std::string>> query = {};   // decoded, in their order
  std::vector<std::pair<std::string, std::string>> fields = {};  // names in lower case
  bool keeps_connection = true;  // what the client wishes (RFC 9112, section 9.3)
  bool is_chunked = false;       // the body is; otherwise it has
  std::uint64_t length = 0;      // so many bytes

  // The first of that name, "" without one.
  std::string_view field(std::string_view name) const;
  std::optional<std::string> parameter(std::string_view name) const;
};

// Whether a request can begin so: with TLS, which a client may try first, none does, and there is no end of a
// head to be waited for.
bool may_begin_request(std::string_view bytes);
// The length of the head at the start of `bytes` with its empty line; nothing while that has not come.
std::optional<std::size_t> head_length(std::string_view bytes);
// Reads a head; nothing for what is none: a bad request.
std::optional<Request> parse_request(std::string_view head);

// A range of bytes that a blob is asked for.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};
struct RangeAnswer {
  enum class Kind { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  ByteRange range = {};
};
// What the field `Range` asks of a body of that size (RFC 9110, section 14.2). Several ranges, other units
// and what is no range are the whole.
RangeAnswer range_of(std::string_view field, std::uint64_t size);

}  // namespace whittle::serving
