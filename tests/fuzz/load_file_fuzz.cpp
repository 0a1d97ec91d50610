// Stages, and URLs that must stay in the container.
#include "running/load_plan.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::load_file_input(std::string_view input) {
  parsed([&] { return running::parse_stages(input); });
  const auto url = parsed([&] { return running::LocalUrl::parse(input); });
  if (!url) return;
  const auto request = running::get_request(*url).bytes;
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = request.find("\r\n", at)) != std::string::npos; at += 2) ++lines;
  require(lines == 5, "a URL adds no line to a request");
  require(url->port != 0, "a port");
}
