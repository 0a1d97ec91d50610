// The distribution specification over a store: what each request is answered with. Those who pull are
// answered here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/report.hpp"
#include "serving/answer.hpp"
#include "serving/pushes.hpp"
#include "serving/request.hpp"
#include "serving/served_store.hpp"

namespace whittle::serving {

// Thread-safe; borrows all. Content Discovery and Pull of distribution-spec 1.1, and the catalogue that
// Docker's registry has. What writes is left to `pushes`; without, it is refused with 405.
class Distribution {
 public:
  Distribution(ServedStore& store, Reporter& reporter, Pushes* pushes = nullptr)
      : store_(store), reporter_(reporter), pushes_(pushes) {}

  // Never throws an Error: what goes wrong inside is told here and answered with 500.
  Answer answer(const Request& request, ByteSource& body) noexcept;

 private:
  Answer route(const Request& request, ByteSource& body);
  Answer manifest(const Request& request, const Listing::Tags& tags, const std::string& reference);
  Answer blob(const Request& request, const std::string& digest);
  Answer catalogue(const Request& request);
  Answer referrers(const Request& request, const std::string& digest);

  ServedStore& store_;
  Reporter& reporter_;
  Pushes* pushes_;
};

}  // namespace whittle::serving
