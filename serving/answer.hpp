// What a request is answered with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/file.hpp"
#include "serving/request.hpp"

namespace whittle::serving {

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields =
      {};                       // but for Content-Length, Date and Connection
  std::string text = {};        // the body, unless it is a file
  std::optional<Fd> file = {};  // a part of it is the body
  ByteRange part = {};          // of the file

  std::uint64_t length() const { return file ? part.count : text.size(); }
};

// A refusal as the specification words it (distribution-spec, "Error Codes").
Answer refusal(int status, std::string_view code, std::string_view message);

// The head as it is sent. `closes`: no other answer follows on the connection.
std::string head_of(const Answer& answer, bool closes);

}  // namespace whittle::serving
