// Reads the header of an answer line by line, strictly where leniency lets two readers see two answers.
#pragma once

#include <cstddef>
#include <string_view>

#include "registry/http.hpp"

namespace whittle::registry {

class HeaderReader {
 public:
  explicit HeaderReader(std::size_t limit) : limit_(limit) {}

  // One line with its end. RegistryError(registry) beyond the limit, for a line that is no field, a continued
  // line, and two Content-Lengths that differ. Interim answers (RFC 9110, section 15.2) and trailers are
  // passed over.
  void take(std::string_view line);

  bool started() const { return bytes_ > 0; }
  bool done() const { return done_; }
  int status() const { return status_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  const Headers& headers() const { return headers_; }
  Headers take_headers() { return std::move(headers_); }

 private:
  void take_status(std::string_view line);
  void take_field(std::string_view line);
  std::size_t limit_;
  std::size_t bytes_ = 0;
  bool done_ = false;
  int status_ = 0;
  bool is_http_1_0_ = false;
  Headers headers_;
};

}  // namespace whittle::registry
