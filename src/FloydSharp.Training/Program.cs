Console.Out.WriteLine("floyd-train: trains IF cascades. Usage: floyd-train VERB [options]");
return 0;
