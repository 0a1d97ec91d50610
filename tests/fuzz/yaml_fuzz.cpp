// Every node of what parses has a place in the text, and the tree keeps to the limits.
#include "common/yaml.hpp"

#include "common/text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

class Walk {
 public:
  void node(const YamlNode& node, std::size_t depth) {
    require(++nodes_ <= YamlLimits().nodes && depth <= YamlLimits().depth, "the tree keeps to the limits");
    require(node.mark.line > 0 && node.mark.column > 0, "every node has a place");
    require(is_utf8(node.text), "every scalar is text");
    for (const auto& item : node.items) this->node(*item, depth + 1);
    for (const auto& entry : node.entries) {
      require(++nodes_ <= YamlLimits().nodes && entry.mark.line > 0 && is_utf8(entry.key),
              "every key is text");
      this->node(*entry.value, depth + 1);
    }
  }

 private:
  std::size_t nodes_ = 0;
};

}  // namespace

void yaml_input(std::string_view input) {
  const auto root = parsed([&] { return parse_yaml(input, "input.yaml"); });
  if (root && *root) Walk().node(**root, 0);
}

}  // namespace whittle::fuzz
