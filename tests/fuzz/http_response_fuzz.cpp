// What a program answers, in pieces: the first byte says how large they are.
#include "running/response_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::http_response_input(std::string_view input) {
  using State = running::ResponseReader::State;
  if (input.empty()) return;
  const auto piece = static_cast<std::size_t>(static_cast<unsigned char>(input.front())) + 1;
  input.remove_prefix(1);
  // The same in one piece and in many.
  const auto read = [&](std::size_t size) {
    running::ResponseReader reader;
    reader.begin(false, 1000);
    auto state = State::more;
    for (auto rest = input; !rest.empty() && state == State::more;) {
      auto bytes = rest.substr(0, size);
      const auto before = bytes.size();
      state = reader.feed(bytes);
      require(bytes.size() < before || state != State::more, "it goes on");
      rest.remove_prefix(before - bytes.size());
    }
    if (state == State::more) state = reader.end();
    require(reader.body().size() <= 1000, "bounded");
    return std::pair(state, state == State::complete ? reader.body() : std::string());
  };
  require(read(piece) == read(input.size() + 1), "how it arrives changes nothing");
}
