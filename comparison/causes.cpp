#include "comparison/causes.hpp"

#include "comparison/binary_causes.hpp"
#include "comparison/cause_list.hpp"
#include "comparison/chunked_causes.hpp"
#include "comparison/config_causes.hpp"
#include "comparison/content_causes.hpp"
#include "comparison/estargz_causes.hpp"
#include "comparison/layer_causes.hpp"

namespace whittle::comparison {

std::vector<Cause> causes_of(const Findings& findings) {
  CauseList causes(findings);
  add_source_causes(causes);
  add_package_causes(causes);
  add_estargz_causes(causes);
  add_chunked_causes(causes);
  add_binary_causes(causes);
  add_archive_causes(causes);
  add_content_causes(causes);
  add_entry_causes(causes);
  add_config_causes(causes);
  add_other_causes(causes);
  return causes.take();
}

}  // namespace whittle::comparison
