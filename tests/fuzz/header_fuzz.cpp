// The header of an answer, a line at a time, and what it says of the body.
#include "registry/header_reader.hpp"

#include <algorithm>

#include "registry/answer_framing.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::header_input(std::string_view input) {
  registry::HeaderReader reader(1024);
  parsed([&] {
    while (!input.empty()) {
      const auto end = std::min(input.find('\n'), input.size() - 1) + 1;
      reader.take(input.substr(0, end));
      input.remove_prefix(end);
    }
    return true;
  });
  for (const auto* method : {"GET", "HEAD"})
    parsed([&] {
      const auto framing = registry::framing_of(method, reader);
      require(framing.body.by != HttpFraming::By::end_of_connection || !framing.keeps_connection,
              "nothing follows a body without an end");
      return true;
    });
  if (reader.done()) require(reader.status() >= 200 && reader.status() <= 999, "an answer has a status");
  const auto headers = reader.take_headers();
  for (const auto& [name, value] : headers.fields()) {
    require(!name.empty(), "a field has a name");
    require(value.find('\n') == std::string::npos, "a field is one line");
  }
}
