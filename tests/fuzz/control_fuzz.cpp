// Fields lie in the text they were read from, and have distinct names.
#include "packages/control_file.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace whittle::packages;

void whittle::fuzz::control_input(std::string_view input) {
  for (const bool comments : {false, true}) {
    parsed([&] {
      ControlReader reader(input, "the input", {ErrorKind::integrity, comments, {4096, 16, 65536}});
      ControlParagraph paragraph;
      std::size_t paragraphs = 0;
      for (; reader.next(paragraph); ++paragraphs) {
        require(!paragraph.fields.empty() && paragraph.fields.size() <= 16, "a paragraph has fields");
        for (const auto& [name, value] : paragraph.fields) {
          require(!name.empty() && paragraph.find(name) == value, "each field is found by its name");
          require(value.data() >= input.data() && value.data() + value.size() <= input.data() + input.size(),
                  "a value lies in the text");
          for (const auto word : words_of(value)) require(!word.empty(), "words are not empty");
        }
      }
      return paragraphs;
    });
  }
}
