// `whittle inspect --advise`: what would make the images of a spec smaller.
#pragma once

#include <string>

#include "cli/session.hpp"
#include "cli/wanted_images.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

struct AdviceFlags {
  bool advise = false;
  bool apply = false;
  LockFlags lock;
  std::string file;  // of the spec
};
void add_advice_flags(CLI::App& command, AdviceFlags& flags);

struct AdviceWish {
  WantedImages images;
  std::string platform;  // "": the first of each image
  bool json = false;
};
void run_advise(const AdviceFlags& flags, const AdviceWish& wish, Session& session);

}  // namespace whittle::cli
