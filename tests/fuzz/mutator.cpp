#include "tests/fuzz/mutator.hpp"

#include <algorithm>
#include <utility>

namespace whittle::fuzz {
namespace {

using namespace std::string_view_literals;

// Bytes that mean something to one parser or another.
constexpr auto telling = "\0\1\x7f\x80\xc2\xff\x1b \t\r\n\"'`\\{}[]()<>:;,./=@%$*?!&|#^~-+_019afzAZ"sv;

}  // namespace

Mutator::Mutator(std::vector<std::string> corpus) : corpus_(std::move(corpus)) {
  if (corpus_.empty()) corpus_.emplace_back();
}

std::string Mutator::next() {
  std::string text = corpus_[below(corpus_.size())];
  for (auto edits = 1 + below(4); edits > 0; --edits) edit(text);
  text.resize(std::min(text.size(), largest_input));
  return text;
}

std::string_view Mutator::piece_of(std::string_view text) {
  if (text.empty()) return text;
  const auto begin = below(text.size());
  const auto most = below(2) == 0 ? std::size_t{8} : text.size();
  return text.substr(begin, 1 + below(most));
}

void Mutator::edit(std::string& text) {
  const auto at = below(text.size() + 1);
  const auto byte = [&]() -> char& { return text[std::min(at, text.size() - 1)]; };
  const auto choice = text.empty() ? 0 : below(7);
  switch (choice) {
    case 0:
      text.insert(at, 1, telling[below(telling.size())]);
      break;
    case 1:
      byte() = telling[below(telling.size())];
      break;
    case 2:
      byte() = static_cast<char>(static_cast<unsigned char>(byte()) ^ (1U << below(8)));
      break;
    case 3:
      text.insert(at, std::string(piece_of(text)));
      break;
    case 4:
      text.insert(at, std::string(piece_of(corpus_[below(corpus_.size())])));
      break;
    case 5:
      text.erase(at, piece_of(text).size());
      break;
    default:
      text.resize(at);
  }
}

}  // namespace whittle::fuzz
