#include "CWorkloads.h"

#include <string.h>

int main(int argc, char **argv) {
    PeerOptions options = peer_options(argc, argv);
    if (strcmp(options.workload, "serve") == 0) c_serve(&options);
    else c_client(&options);
    return 0;
}
