// Strict reading of the fields of one JSON object of a document. `null` counts as absent (hostile case 116).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.hpp"

namespace whittle::layers {

// Borrows the object. Every method throws Error(integrity), naming `where` and the field, for a value of
// another type and, if the name starts with `required_`, for an absent one.
class JsonFields {
 public:
  JsonFields(const Json& object, std::string where);

  const Json* find(std::string_view name) const;  // nothing when absent or null
  const Json& required(std::string_view name) const;
  const Json* object(std::string_view name) const;
  const Json* array(std::string_view name) const;
  const Json& required_array(std::string_view name) const;
  std::string text(std::string_view name) const;           // "" when absent
  std::string required_text(std::string_view name) const;  // never empty
  bool flag(std::string_view name) const;
  std::uint64_t required_size(std::string_view name) const;  // a whole number from 0 to 2^63 - 1
  std::vector<std::string> texts(std::string_view name) const;
  std::map<std::string, std::string> text_map(std::string_view name) const;
  std::string where(std::string_view name) const;  // for messages: "manifest of x: config"

 private:
  [[noreturn]] void refuse(std::string_view name, std::string_view problem) const;
  const Json& object_;
  std::string where_;
};

}  // namespace whittle::layers
