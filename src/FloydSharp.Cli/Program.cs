using FloydSharp.Cli;

return FloydCli.RunProcess(args);
